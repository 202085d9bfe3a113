import type { PodPair } from './cluster-view.ts';

/** What the host said no with: `text` for a client that shows bodies as they are, `status` if it was a Status object. */
export interface HostRefusal {
  text: string;
  status: object | undefined;
}

/**
 * Returns the body of a host's refusal in the words of the virtual cluster: name, namespace and UID of the host pod become those of
 * the virtual one, and whom the host knows k3v as is left out.
 */
export function virtualRefusal(body: string, pair: PodPair): HostRefusal {
  const status = parsedStatus(body);
  if (!status) return { text: virtualMessage(body, pair), status: undefined };
  const { message, reason, code, details } = status;
  const text = virtualMessage(typeof message === 'string' ? message : '', pair);
  const causes: unknown = Reflect.get(Object(details), 'causes');
  return {
    text,
    status: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: text,
      reason,
      details: {
        name: pair.virtual.metadata.name,
        kind: Reflect.get(Object(details), 'kind'),
        ...(Array.isArray(causes) ? { causes: causes.map((cause: unknown) => virtualCause(cause, pair)) } : {}),
      },
      code,
    },
  };
}

/** Returns `message` with the virtual names in place of the host's. */
export function virtualMessage(message: string, { virtual, host }: PodPair): string {
  const translations = [
    [host.metadata.name, virtual.metadata.name],
    [host.metadata.uid ?? '', virtual.metadata.uid ?? ''],
  ] as const;
  let result = message.replace(refusedUser, (_, what: string) => `k3v cannot ${what} on the host`);
  for (const [from, to] of translations) if (from !== '') result = result.replaceAll(from, to);
  return withoutNamespace(result, host.metadata.namespace ?? '', virtual.metadata.namespace ?? '');
}

/** RBAC's words (rbac.go, serviceaccount.go); what follows, if anything, is about roles of the host. */
const refusedUser =
  /User "[^"]*" cannot (\S+ resource "[^"]*" in API group "[^"]*")(?: in the namespace "[^"]*"| at the cluster scope)?.*$/s;

/** A namespace's name may be an ordinary word, so it is only translated where a namespace stands. */
function withoutNamespace(message: string, host: string, virtual: string): string {
  if (host === '') return message;
  const quoted = host.replaceAll('.', '\\.');
  return message
    .replace(new RegExp(`(namespaces?[ :=]+)(["']?)${quoted}(?![-.a-z0-9])`, 'g'), `$1$2${virtual}`)
    .replace(new RegExp(`(?<![-.a-z0-9])${quoted}/`, 'g'), `${virtual}/`)
    .replace(new RegExp(`_${quoted}\\(`, 'g'), `_${virtual}(`)
    .replace(new RegExp(`_${quoted}(?![-.a-z0-9])`, 'g'), `_${virtual}`);
}

function virtualCause(cause: unknown, pair: PodPair): object {
  const { message, ...others }: Record<string, unknown> = { ...Object(cause) };
  return { ...others, ...(typeof message === 'string' ? { message: virtualMessage(message, pair) } : {}) };
}

function parsedStatus(body: string): Record<string, unknown> | undefined {
  if (!body.trimStart().startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return Reflect.get(Object(parsed), 'kind') === 'Status' ? { ...Object(parsed) } : undefined;
  } catch {
    return undefined;
  }
}
