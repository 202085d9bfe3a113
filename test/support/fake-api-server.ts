import { type IncomingMessage, type ServerResponse, createServer as createHttpServer } from 'node:http';
import { type ServerOptions, createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Faults, type Verb, createFaults, happen, statusBody } from './fake-api-faults.ts';
import { type ApiPath, parseApiPath, selectorOf, verbOf } from './fake-api-path.ts';
import { type Watches, createWatches } from './fake-api-watches.ts';
import { type FakeObjectStore, type StoredObject, createFakeObjectStore } from './fake-object-store.ts';
import { Refusal, bind, create, existing, patch, remove, update } from './fake-object-writes.ts';
import { issueToken } from './fake-token-request.ts';

/** One request as it came in. */
interface SeenRequest {
  verb: Verb;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  plural: string | undefined;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/**
 * An API server in memory: lists with paging, watches with history and bookmarks, create, update, patch (merge), delete
 * with preconditions, grace and finalizers, `status`, `binding` and `token` subresources, dry-run, label and field selectors. No
 * authentication, admission, validation, garbage collection or other controllers: a test plays those with `store`.
 */
export interface FakeApiServer extends Watches {
  url: string;
  store: FakeObjectStore;
  faults: Faults;
  /** All requests so far, oldest first; a test may empty it. */
  requests: SeenRequest[];
  /** Returns how many requests of `verb` came, of one resource or of all. */
  count(verb: Verb, plural?: string): number;
  /** Open connections now. */
  connections(): number;
  /** Ends every connection at once, as a crash would; the server goes on listening. */
  cutConnections(): void;
  /** Ends every connection and the server. */
  stop(): Promise<void>;
}

/**
 * Starts a fake API server on a free port of 127.0.0.1. With `tls` it speaks HTTPS. `authorize` may refuse a request with
 * an HTTP status, from its headers. A `store` may be handed on to another server, as after a restart; `port` likewise. `tokenClock` says when
 * tokens are issued, in epoch milliseconds.
 */
export async function startFakeApiServer({
  tls,
  authorize = () => undefined,
  store = createFakeObjectStore(),
  port = 0,
  tokenClock = Date.now,
}: {
  tls?: ServerOptions;
  authorize?: (headers: IncomingMessage['headers']) => number | undefined;
  store?: FakeObjectStore;
  port?: number;
  tokenClock?: () => number;
} = {}): Promise<FakeApiServer> {
  const requests: SeenRequest[] = [];
  const faults = createFaults();
  const sockets = new Set<Socket>();
  const watches = createWatches(store);
  /** First pages hold what the following ones will answer. */
  const snapshots = new Map<string, { revision: number; items: StoredObject[] }>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = parseApiPath(url.pathname);
    const query = url.searchParams;
    const method = request.method ?? 'GET';
    const { plural, namespace, name, subresource } = path ?? {};
    const verb = verbOf(method, path, query);
    const { headers } = request;
    requests.push({ verb, method, path: url.pathname, query, headers, body, plural, namespace, name, subresource });
    const fault = faults.take({ verb, plural, name, continued: query.has('continue') });
    if (fault && !(await happen(fault, response))) return;
    const send = (code: number, answer: object) => {
      response.writeHead(code, { 'content-type': 'application/json' }).flushHeaders();
      response.end(JSON.stringify(answer));
    };
    const refused = authorize(headers);
    if (refused !== undefined)
      return send(refused, statusBody(refused, refused === 401 ? 'Unauthorized' : 'Forbidden'));
    if (url.pathname === '/version') return send(200, { major: '1', minor: '36', gitVersion: 'v1.36.3' });
    if (!path) return void response.writeHead(url.pathname === '/readyz' ? 200 : 404).end('ok');
    try {
      if (verb === 'watch') return watches.serve(path, query, response);
      const contentType = headers['content-type'] ?? '';
      const { code, body: answer } = answerTo(verb, { path, query, contentType, body });
      send(code, answer);
    } catch (error) {
      const { code, body: status } =
        error instanceof Refusal ? error.answer : { code: 500, body: statusBody(500, '', String(error)) };
      send(code, status);
    }
  }

  function answerTo(verb: Verb, request: Parameters<typeof create>[1]) {
    if (verb === 'list') return { code: 200, body: list(request.path, request.query) };
    if (verb === 'get') return { code: 200, body: existing(store, request.path) };
    if (verb === 'create' && request.path.subresource === 'binding') return bind(store, request);
    if (verb === 'create' && request.path.subresource === 'token') return issueToken(store, request, tokenClock());
    if (verb === 'create') return create(store, request);
    if (verb === 'update') return update(store, request);
    if (verb === 'patch') return patch(store, request);
    if (verb === 'delete') return remove(store, request);
    throw new Refusal(405, 'MethodNotAllowed', verb);
  }

  function list(path: ApiPath, query: URLSearchParams): object {
    const token = query.get('continue');
    const limit = Number(query.get('limit') ?? 0);
    const [id = '', from = '0'] = token?.split(':') ?? [];
    const snapshot = token ? snapshots.get(id) : { revision: store.revision, items: select(path, query) };
    if (!snapshot || store.since(snapshot.revision) === undefined)
      throw new Refusal(410, 'Expired', 'The provided continue parameter is too old');
    const end = limit > 0 ? Number(from) + limit : snapshot.items.length;
    const key = id || `${snapshots.size + 1}`;
    if (end < snapshot.items.length) snapshots.set(key, snapshot);
    const next = end < snapshot.items.length ? `${key}:${end}` : '';
    // Like a real one: items of a list do not say what they are.
    const untyped = { apiVersion: undefined, kind: undefined };
    const items = snapshot.items.slice(Number(from), end).map((item) => ({ ...item, ...untyped }));
    return {
      apiVersion: 'v1',
      kind: 'List',
      metadata: { resourceVersion: `${snapshot.revision}`, continue: next },
      items,
    };
  }

  function select(path: ApiPath, query: URLSearchParams): StoredObject[] {
    const matches = selectorOf(query);
    const inNamespace = (object: StoredObject) => !path.namespace || object.metadata.namespace === path.namespace;
    return store.list<StoredObject>(path).filter((object) => inNamespace(object) && matches(object));
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  const server = tls ? createHttpsServer(tls, onRequest) : createHttpServer(onRequest);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  const cutConnections = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  return {
    ...watches,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${bound}`,
    store,
    faults,
    requests,
    count: (verb, plural) => requests.filter((one) => one.verb === verb && (!plural || one.plural === plural)).length,
    connections: () => sockets.size,
    cutConnections,
    stop: async () => {
      watches.close();
      cutConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The client went away; whatever is answered goes nowhere.
  }
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}
