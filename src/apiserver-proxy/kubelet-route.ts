/** What a request to a kubelet's port asks for. */
export type KubeletRoute =
  | { kind: 'logs'; namespace: string; pod: string; uid: undefined; container: string; query: string }
  | {
      kind: 'exec' | 'attach';
      namespace: string;
      pod: string;
      uid: string | undefined;
      container: string;
      query: string;
    }
  | {
      kind: 'portForward';
      namespace: string;
      pod: string;
      uid: string | undefined;
      container: undefined;
      query: string;
    }
  | { kind: 'node'; endpoint: NodeEndpoint }
  | { kind: 'refused'; code: 400 | 403 | 405; message: string };

/** What of a node itself can be read. */
export type NodeEndpoint = (typeof nodeEndpoints)[number];

/** A route to one pod. */
export type PodRoute = Extract<KubeletRoute, { pod: string }>;

const nodeEndpoints = ['healthz', 'pods', 'stats/summary', 'metrics', 'metrics/cadvisor', 'metrics/resource'] as const;

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const uidShape = /^[A-Za-z0-9-]{1,64}$/;

/**
 * Returns what `method` and `url` (in origin form, as they stand in the request) ask a kubelet for. The paths are those of the
 * kubelet's server.go; the queries become those of the API server's subresources. Every part of the path is decoded once and must
 * then be a legal name, so that nothing in it can lead elsewhere; the query of the answer is encoded anew from known parameters.
 * What a kubelet has besides (run, configz, debug, logs of the node) is refused: it would be the host's.
 */
export function kubeletRoute(method: string, url: string): KubeletRoute {
  const [path = '', ...rest] = url.split('?');
  const parts = decodedParts(path);
  if (!parts) return { kind: 'refused', code: 400, message: 'the path is not a legal one' };
  const endpoint = nodeEndpoints.find((each) => each === parts.join('/'));
  if (endpoint) return method === 'GET' || method === 'HEAD' ? { kind: 'node', endpoint } : notAllowed(method);
  return podRoute(method, parts, new URLSearchParams(rest.join('?')));
}

function podRoute(method: string, parts: string[], query: URLSearchParams): KubeletRoute {
  const [verb, namespace = '', pod = '', ...last] = parts;
  switch (verb) {
    case 'containerLogs': {
      const [container = '', ...more] = last;
      if (more.length > 0 || !isNamed(namespace, pod, container)) return badName();
      if (method !== 'GET') return notAllowed(method);
      return { kind: 'logs', namespace, pod, uid: undefined, container, query: logQuery(query, container) };
    }
    case 'exec':
    case 'attach': {
      const container = last.at(-1) ?? '';
      const uid = last.length === 2 ? last[0] : undefined;
      if (last.length > 2 || !isNamed(namespace, pod, container) || !isUid(uid)) return badName();
      if (method !== 'GET' && method !== 'POST') return notAllowed(method);
      return { kind: verb, namespace, pod, uid, container, query: streamQuery(query, container, verb) };
    }
    case 'portForward': {
      const [uid, ...more] = last;
      if (more.length > 0 || !isNamed(namespace, pod, 'any') || !isUid(uid)) return badName();
      if (method !== 'GET' && method !== 'POST') return notAllowed(method);
      const ports = portQuery(query);
      if (ports === undefined) return { kind: 'refused', code: 400, message: 'a port is not a number from 1 to 65535' };
      return { kind: 'portForward', namespace, pod, uid, container: undefined, query: ports };
    }
    default:
      return {
        kind: 'refused',
        code: 403,
        message: 'this part of a kubelet belongs to the host cluster and is not served to a virtual one',
      };
  }
}

/** Returns the parts of `path`, or undefined if it does not begin with a slash or cannot be decoded. */
function decodedParts(path: string): string[] | undefined {
  if (!path.startsWith('/')) return undefined;
  try {
    return path
      .slice(1)
      .replace(/(?<=[^/])\/$/, '')
      .split('/')
      .map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}

function isNamed(namespace: string, pod: string, container: string): boolean {
  return label.test(namespace) && subdomain.test(pod) && label.test(container);
}

function isUid(uid: string | undefined): boolean {
  return uid === undefined || uidShape.test(uid);
}

function badName(): KubeletRoute {
  return { kind: 'refused', code: 400, message: 'the path does not name a namespace, a pod and a container' };
}

function notAllowed(method: string): KubeletRoute {
  return { kind: 'refused', code: 405, message: `method ${method} is not allowed` };
}

const logParameters = [
  'follow',
  'previous',
  'timestamps',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'limitBytes',
  'stream',
];

/** A kubelet reads PodLogOptions (core/v1) from the query, and the older `tail`. */
function logQuery(query: URLSearchParams, container: string): string {
  const result = new URLSearchParams({ container });
  for (const name of logParameters) {
    const value = query.get(name);
    // A host older than 1.32 does not take the parameter, and this is its default.
    if (value !== null && !(name === 'stream' && value === 'All')) result.set(name, value);
  }
  const tail = query.get('tail');
  if (tail === 'all') result.delete('tailLines');
  else if (tail) result.set('tailLines', tail);
  return result.toString();
}

/** A kubelet takes `1` for yes, and nothing else (remotecommand's NewOptions); the API server PodExecOptions (core/v1). */
function streamQuery(query: URLSearchParams, container: string, verb: 'exec' | 'attach'): string {
  const result = new URLSearchParams({ container });
  for (const [name, option] of streamOptions) if (query.get(name) === '1') result.set(option, 'true');
  if (verb === 'exec') for (const word of query.getAll('command')) result.append('command', word);
  return result.toString();
}

const streamOptions = [
  ['input', 'stdin'],
  ['output', 'stdout'],
  ['error', 'stderr'],
  ['tty', 'tty'],
] as const;

/** A kubelet takes `port`, several in one with commas, for WebSocket clients; the API server `ports` (PodPortForwardOptions). */
function portQuery(query: URLSearchParams): string | undefined {
  const ports = query.getAll('port').flatMap((each) => each.split(','));
  if (ports.some((port) => !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) return undefined;
  return ports.length === 0 ? '' : new URLSearchParams({ ports: ports.join(',') }).toString();
}
