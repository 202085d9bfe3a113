import { StatusError } from '../kube/errors.ts';
import { resources } from '../kube/types.ts';
import { type Requirement, selects } from '../translate/label-selector.ts';
import { parseLabelSelector } from '../translate/parse-selector.ts';

/** What a request to `metrics.k8s.io` asks for. */
export type MetricsRoute =
  | { to: 'discovery' }
  | { to: 'openapi'; version: 'v2' | 'v3' }
  | { to: 'get'; plural: 'pods' | 'nodes'; namespace: string; name: string }
  /** Without `namespace`: of all. */
  | { to: 'list'; plural: 'pods' | 'nodes'; namespace: string | undefined; selects: Selects };

/** Whether a query selects the object with this metadata. */
type Selects = (metadata: {
  name: string;
  namespace?: string | undefined;
  labels?: Record<string, string> | undefined;
}) => boolean;

const { group, version } = resources.podMetrics;
const prefix = `/apis/${group}/${version}`;
const segment = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

/** Returns what `method` and `url` ask for, as metrics-server understands them. Throws StatusError: 400, 404 or 405. */
export function metricsRoute(method: string, url: string): MetricsRoute {
  const [path = '', ...rest] = url.split('?');
  const query = new URLSearchParams(rest.join('?'));
  if (path === prefix || path === `${prefix}/`) return readOnly(method, query, { to: 'discovery' });
  if (path === '/openapi/v2') return { to: 'openapi', version: 'v2' };
  if (path === '/openapi/v3') return { to: 'openapi', version: 'v3' };
  const parts = path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1).split('/') : [];
  if (parts.length === 0 || !parts.every((part) => segment.test(part))) throw notFound();
  const [first, second = '', third, fourth, ...more] = parts;
  if (more.length > 0) throw notFound();
  if (first === 'namespaces' && third === 'pods') {
    if (fourth !== undefined) {
      return readOnly(method, query, { to: 'get', plural: 'pods', namespace: second, name: fourth });
    }
    return readOnly(method, query, { to: 'list', plural: 'pods', namespace: second, selects: selection(query) });
  }
  if ((first === 'pods' || first === 'nodes') && second === '') {
    return readOnly(method, query, { to: 'list', plural: first, namespace: undefined, selects: selection(query) });
  }
  if (first === 'nodes' && third === undefined) {
    return readOnly(method, query, { to: 'get', plural: 'nodes', namespace: '', name: second });
  }
  throw notFound();
}

function readOnly(method: string, query: URLSearchParams, route: MetricsRoute): MetricsRoute {
  const isWatch = ['1', 'true'].includes(query.get('watch') ?? '');
  if (method === 'GET' && !isWatch) return route;
  const message = 'the server does not allow this method on the requested resource';
  throw new StatusError(405, { reason: 'MethodNotAllowed', message });
}

function notFound(): StatusError {
  return new StatusError(404, { reason: 'NotFound', message: 'the server could not find the requested resource' });
}

const fields = ['metadata.name', 'metadata.namespace'];

function selection(query: URLSearchParams): Selects {
  const labels = requirementsIn(query, 'labelSelector');
  const ofFields = requirementsIn(query, 'fieldSelector');
  const unknown = ofFields.find(({ key }) => !fields.includes(key));
  if (unknown) throw badRequest(`field label not supported: ${unknown.key}`);
  return ({ name, namespace = '', labels: live }) =>
    selects({ matchExpressions: labels }, live) &&
    selects({ matchExpressions: ofFields }, { 'metadata.name': name, 'metadata.namespace': namespace });
}

function requirementsIn(query: URLSearchParams, parameter: string): Requirement[] {
  const text = query.get(parameter) ?? '';
  const found = parseLabelSelector(text);
  if (!found) throw badRequest(`unable to parse ${parameter}: ${JSON.stringify(text)}`);
  return found;
}

function badRequest(message: string): StatusError {
  return new StatusError(400, { reason: 'BadRequest', message });
}
