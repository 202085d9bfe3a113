import http from 'node:http';
import https from 'node:https';
import type { OnReadOpts } from 'node:net';
import { ConnectionError } from './errors.ts';

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

/** A request to be opened. */
export interface OpenedRequest {
  method: string;
  path: string;
  headers: http.OutgoingHttpHeaders;
  signal?: AbortSignal | undefined;
  onread?: OnReadOpts | undefined;
}

/** Opens requests to one API server, as whomever the credentials say. */
export interface ApiEndpoint {
  /** For messages. */
  readonly server: string;
  /**
   * Resolves with what `attempt` does as the current identity; once more as a new one when the answer is a 401 and the
   * credentials, asked for anew, are different. Rejects with ConnectionError when there are no credentials.
   */
  authenticated<T extends { answer: http.IncomingMessage }>(attempt: (identity: Identity) => Promise<T>): Promise<T>;
  /**
   * Opens a request, not ended yet; `path` begins with `/`, `headers` win over those of the identity. `onread` is for a new
   * connection that goes through no proxy.
   */
  open(identity: Identity, request: OpenedRequest): http.ClientRequest;
  /** Closes idle connections and ends those in use, but for upgraded ones. */
  close(): void;
}

/** Returns the endpoint at `server`; a new set of connections is opened when the TLS identity changes. */
export function createApiEndpoint(
  server: string,
  credentials: Credentials,
  agentOptions: https.AgentOptions & { allowHalfOpen?: boolean },
): ApiEndpoint {
  const url = new URL(server);
  const secure = url.protocol === 'https:';
  const prefix = url.pathname.replace(/\/$/, '');
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

  return {
    server,
    async authenticated(attempt) {
      const identity = await identify(false);
      const first = await attempt(identity);
      if (first.answer.statusCode !== 401) return first;
      const renewed = await identify(true).catch(() => identity);
      if (agentFor(renewed) === agentFor(identity) && sameHeaders(renewed, identity)) return first;
      first.answer.resume();
      return await attempt(renewed);
    },
    open: (identity, { method, path, headers, signal, onread }) =>
      (secure ? https : http).request({
        agent: agentFor(identity),
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        method,
        path: prefix + path,
        headers: { ...identity.headers, ...headers },
        ...(signal ? { signal } : {}),
        ...(onread ? { onread } : {}),
      }),
    close() {
      for (const { agent } of agents) agent.destroy();
      for (const agent of proxies) agent.destroy();
    },
  };
}

function sameHeaders(a: Identity, b: Identity): boolean {
  return JSON.stringify(a.headers) === JSON.stringify(b.headers);
}
