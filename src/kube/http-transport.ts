import http from 'node:http';
import https from 'node:https';
import { ConnectionError } from './errors.ts';

/** One HTTP request to the API server. */
interface HttpRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Time until the answer's headers. Default: 30 s; 0 means no limit. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** Sends requests; resolves with the answer once its headers are there, whatever the status. */
export interface HttpTransport {
  send(request: HttpRequest): Promise<http.IncomingMessage>;
  close(): void;
}

/** What a request identifies itself with. An `agent`, for example one that goes through a proxy, is used as it is. */
export interface Identity {
  tls: https.AgentOptions;
  headers: Record<string, string>;
  agent?: http.Agent;
}

/**
 * Returns the identity to use now. Called for every request, so that rotated credentials are picked up; with `renew`
 * when the server did not accept the last ones, so that nothing kept may be returned.
 */
export type Credentials = (options?: { renew?: boolean }) => Promise<Identity>;

const defaultTimeoutMs = 30_000;
const keepAliveMs = 15_000;

/**
 * Returns a transport with kept connections to `server`; a new set of connections is opened when the TLS identity
 * changes. A request refused with 401 is sent once more if the credentials, asked for anew, are different ones.
 */
export function createHttpTransport(server: string, credentials: Credentials): HttpTransport {
  const url = new URL(server);
  const secure = url.protocol === 'https:';
  const prefix = url.pathname.replace(/\/$/, '');
  const agentOptions = { keepAlive: true, keepAliveMsecs: keepAliveMs, maxSockets: 64, maxFreeSockets: 16 };
  const agents = new Set<{ identity: string; agent: http.Agent }>();
  const proxies = new Set<http.Agent>();
  let newest: { identity: string; agent: http.Agent } | undefined;

  const agentFor = ({ tls, agent: given }: Identity) => {
    if (given) proxies.add(given);
    if (given) return given;
    const identity = JSON.stringify([tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map(String));
    if (newest?.identity === identity) return newest.agent;
    retire();
    const agent = secure ? new https.Agent({ ...tls, ...agentOptions }) : new http.Agent(agentOptions);
    newest = { identity, agent };
    agents.add(newest);
    return agent;
  };

  /** Closes what is idle, now or later; watches of the old identity go on until they end. */
  const retire = () => {
    for (const old of agents) {
      const { agent } = old;
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
      if (Object.keys(agent.sockets).length === 0) agents.delete(old);
    }
  };

  async function identify(renew: boolean): Promise<Identity> {
    try {
      return await credentials({ renew });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ConnectionError(`${server}: no credentials: ${why}`, { cause: error });
    }
  }

  async function send(request: HttpRequest): Promise<http.IncomingMessage> {
    const identity = await identify(false);
    const answer = await sendAs(identity, request);
    if (answer.statusCode !== 401) return answer;
    const renewed = await identify(true).catch(() => identity);
    if (agentFor(renewed) === agentFor(identity) && sameHeaders(renewed, identity)) return answer;
    answer.resume();
    return await sendAs(renewed, request);
  }

  async function sendAs(identity: Identity, request: HttpRequest): Promise<http.IncomingMessage> {
    request.signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const message = (secure ? https : http).request({
        agent: agentFor(identity),
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        method: request.method,
        path: prefix + request.path,
        headers: {
          accept: 'application/json',
          ...identity.headers,
          ...request.headers,
          ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
        },
        ...(request.signal ? { signal: request.signal } : {}),
      });
      const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
      const timer =
        timeoutMs > 0
          ? setTimeout(() => message.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
          : undefined;
      message.on('error', (error) => {
        clearTimeout(timer);
        if (request.signal?.aborted) return reject(request.signal.reason);
        const reset = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        // The server closed a kept connection just as it was used again: nothing of the request was worked.
        if (message.reusedSocket && reset) return void sendAs(identity, request).then(resolve, reject);
        reject(new ConnectionError(`${server}: ${error.message || String(error)}`, { cause: error }));
      });
      message.on('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      message.end(request.body);
    });
  }

  return {
    send,
    close: () => {
      for (const { agent } of agents) agent.destroy();
      for (const agent of proxies) agent.destroy();
    },
  };
}

function sameHeaders(a: Identity, b: Identity): boolean {
  return JSON.stringify(a.headers) === JSON.stringify(b.headers);
}
