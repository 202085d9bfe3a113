import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Authority, type KeyPair, createAuthority } from '../../src/control-plane/certificates.ts';
import { type Faults, type Verb, createFaults, happen, statusBody } from './fake-api-faults.ts';
import { parseApiPath, verbOf } from './fake-api-path.ts';
import { openFrontProxy } from './front-proxy.ts';
import { type ProxiedWatches, createProxiedWatches } from './proxied-watches.ts';

/** One request as it came in. */
export interface ProxiedCall {
  verb: Verb;
  method: string;
  /** With its query. */
  path: string;
  group: string | undefined;
  plural: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  atMs: number;
  /** The HTTP status that k3v got, 101 for a stream; undefined while there is none, and where the connection broke. */
  code?: number;
  /** Whether the API server behind has forgotten what was to be watched (410, as a status or in the stream). */
  isExpired?: true;
}

/**
 * Stands between k3v and a real API server, with certificates of its own, and lets things go wrong. States: up → `down` (nobody
 * listens, or each connection is reset) → `up` → stopped.
 */
export interface FaultProxy {
  url: string;
  /** Those of requests to come: `faults.add({ verb: 'watch' }, …, Infinity)` lasts until `faults.clear()`. */
  faults: Faults;
  watches: Pick<ProxiedWatches, 'silence' | 'cutInMidLine' | 'open' | 'silent'>;
  /** All requests so far, oldest first. */
  calls: ProxiedCall[];
  /** What a kubeconfig has to trust now. */
  caPem(): string;
  /** Ends every connection; nobody listens any more, or, with `reset`, who connects is cut off. */
  down(how?: 'refuse' | 'reset'): Promise<void>;
  up(): Promise<void>;
  /** Serves from now on with a new certificate, of a new authority if asked for. Connections that are open are ended. */
  rotate(options?: { newAuthority?: boolean }): Promise<void>;
  /** Makes a client certificate that is good for `seconds`. */
  issueClient(subject: { user: string; group: string }, seconds: number): Promise<KeyPair>;
  stop(): Promise<void>;
}

const daySeconds = 86_400;

/** Starts a proxy on `port` (default: a free one) of 127.0.0.1, in front of the API server at `server` whose keys lie in the folder `pki`. */
export async function startFaultProxy({
  server: upstream,
  pki,
  port = 0,
}: {
  server: string;
  pki: string;
  port?: number;
}): Promise<FaultProxy> {
  const target = new URL(upstream);
  const front = await openFrontProxy(pki);
  const faults = createFaults();
  const watches = createProxiedWatches();
  const calls: ProxiedCall[] = [];
  const connections = new Set<Duplex>();
  const clients = await createAuthority('fault-proxy-clients');
  let authority: Authority = await createAuthority('fault-proxy-ca');
  let resets = false;

  const secureContext = async () => {
    const request = { commonName: 'fault-proxy', ipAddresses: ['127.0.0.1'], usages: ['server'] as const, days: 1 };
    const { certPem, keyPem } = await authority.issue(request);
    return { cert: certPem, key: keyPem, ca: clients.certPem };
  };
  const note = ({ method = 'GET', url = '/' }: IncomingMessage, response?: ServerResponse) => {
    const { pathname, searchParams } = new URL(url, upstream);
    const path = parseApiPath(pathname);
    const verb = verbOf(method, path, searchParams);
    const { group, plural, name, subresource } = path ?? {};
    const call: ProxiedCall = { verb, method, path: url, group, plural, name, subresource, atMs: Date.now() };
    calls.push(call);
    response?.on('close', () => {
      if (response.headersSent) call.code = response.statusCode;
    });
    return { call, continued: searchParams.has('continue') };
  };
  const open = (request: IncomingMessage) => {
    const passed = front.passOn(request);
    if (!passed) return undefined;
    const { method = 'GET', url: path = '/' } = request;
    return httpsRequest({ host: target.hostname, port: target.port, method, path, ...passed });
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { call, continued } = note(request, response);
    const fault = faults.take({ ...call, continued });
    if (fault && !(await happen(fault, response))) return void request.resume();
    const outgoing = open(request);
    if (!outgoing) {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(statusBody(401, 'Unauthorized', 'Unauthorized')));
      return void request.resume();
    }
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      if (call.verb === 'watch') watches.carry(answer, response, () => (call.isExpired = true));
      else answer.on('error', () => response.destroy()).pipe(response);
    });
    request.pipe(outgoing);
  }

  function handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { call } = note(request);
    const outgoing = open(request);
    if (!outgoing) return void socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
    outgoing.on('error', () => socket.destroy());
    const settle = (answer: IncomingMessage) => {
      if (answer.statusCode !== undefined) call.code = answer.statusCode;
    };
    outgoing.on('response', (answer) => {
      settle(answer);
      socket.write(headOf(answer));
      answer.pipe(socket);
    });
    outgoing.on('upgrade', (answer, behind, behindHead) => {
      settle(answer);
      socket.write(headOf(answer));
      socket.write(behindHead);
      behind.write(head);
      behind.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('error', () => behind.destroy()).on('close', () => behind.destroy());
      socket.pipe(behind).pipe(socket);
    });
    outgoing.end();
  }

  const options = { ...(await secureContext()), requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (request, response) => void handle(request, response));
  server.on('upgrade', handleUpgrade);
  server.on('tlsClientError', () => undefined);
  server.prependListener('connection', (socket: Socket) => {
    if (resets) return socket.resetAndDestroy();
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = () => {
    for (const socket of connections) socket.destroy();
  };
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  await listen(port);
  const bound = (server.address() as AddressInfo).port;

  return {
    url: `https://127.0.0.1:${bound}`,
    faults,
    watches,
    calls,
    caPem: () => authority.certPem,
    async down(how = 'refuse') {
      resets = how === 'reset';
      if (resets) cut();
      else await close();
    },
    async up() {
      resets = false;
      if (!server.listening) await listen(bound);
    },
    async rotate({ newAuthority = false } = {}) {
      if (newAuthority) authority = await createAuthority('fault-proxy-new-ca');
      server.setSecureContext(await secureContext());
      cut();
    },
    issueClient: async ({ user, group }, seconds) =>
      await clients.issue({
        commonName: user,
        organizations: [group],
        usages: ['client'],
        days: seconds / daySeconds,
      }),
    async stop() {
      if (server.listening) await close();
      front.close();
    },
  };
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
