import { resources } from '../../src/kube/types.ts';
import type { Verb } from './fake-api-faults.ts';
import type { ResourceId } from './fake-object-store.ts';

/** What the path of a request to an API server names. */
export interface ApiPath extends ResourceId {
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** Returns what `path` names, or undefined if it is no path of an object or a collection. */
export function parseApiPath(path: string): ApiPath | undefined {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const root = parts.shift();
  const group = root === 'api' ? '' : root === 'apis' ? parts.shift() : undefined;
  const version = parts.shift();
  if (group === undefined || version === undefined) return undefined;
  let namespace: string | undefined;
  const ofNamespace = parts[2] === undefined || ['status', 'finalize'].includes(parts[2]);
  if (parts[0] === 'namespaces' && parts.length > 1 && !ofNamespace) namespace = parts.splice(0, 2)[1];
  const [plural, name, subresource] = parts;
  return plural === undefined ? undefined : { group, version, plural, namespace, name, subresource };
}

/** Returns what a request with `method` asks for. */
export function verbOf(method: string, path: ApiPath | undefined, query: URLSearchParams): Verb {
  if (!path) return 'other';
  if (method === 'GET') return path.name ? 'get' : query.has('watch') ? 'watch' : 'list';
  const verbs: Record<string, Verb> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  return verbs[method] ?? 'other';
}

/** Returns the kind of `resource` if the product knows it. */
export function kindOf({ group, plural }: ResourceId): string | undefined {
  return Object.values(resources).find((known) => known.group === group && known.plural === plural)?.kind;
}

/**
 * Returns a filter for `labelSelector` (`a=b`, `a==b`, `a!=b`, `a`, `!a`, joined by commas) and `fieldSelector` (`path=value`,
 * `path!=value` on any field). Set-based selectors are not known and throw.
 */
export function selectorOf(query: URLSearchParams): (object: { metadata: { labels?: unknown } }) => boolean {
  const labels = termsOf(query.get('labelSelector'));
  const fields = termsOf(query.get('fieldSelector'));
  return (object) =>
    labels.every((matches) => matches((key) => Reflect.get(Object(object.metadata.labels ?? {}), key))) &&
    fields.every((matches) =>
      matches((path) =>
        path.split('.').reduce<unknown>((value, part) => Reflect.get(Object(value ?? {}), part), object),
      ),
    );
}

type Term = (valueOf: (key: string) => unknown) => boolean;

function termsOf(selector: string | null): Term[] {
  return (selector ?? '')
    .split(',')
    .filter(Boolean)
    .map((term): Term => {
      if (/[ (]/.test(term)) throw new Error(`the fake API server does not know the selector "${term}"`);
      const [, key = '', operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
      if (operator === '!=') return (valueOf) => textOf(valueOf(key)) !== value;
      if (operator) return (valueOf) => textOf(valueOf(key)) === value;
      if (term.startsWith('!')) return (valueOf) => valueOf(term.slice(1)) === undefined;
      return (valueOf) => valueOf(term) !== undefined;
    });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
