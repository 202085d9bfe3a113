import http from 'node:http';
import https from 'node:https';
import { ConnectionError, StatusError } from './errors.ts';

/** One HTTP request to the API server. */
export interface HttpRequest {
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

/** Returns TLS options and headers to use now. Called for every request, so that rotated credentials are picked up. */
export type Credentials = () => Promise<{ tls: https.AgentOptions; headers: Record<string, string> }>;

const defaultTimeoutMs = 30_000;
const keepAliveMs = 15_000;

/** Returns a transport with kept connections to `server`; a new set of connections is opened when the TLS identity changes. */
export function createHttpTransport(server: string, credentials: Credentials): HttpTransport {
  const url = new URL(server);
  const secure = url.protocol === 'https:';
  const prefix = url.pathname.replace(/\/$/, '');
  const agentOptions = { keepAlive: true, keepAliveMsecs: keepAliveMs, maxSockets: 64, maxFreeSockets: 16 };
  let identity = '';
  let agent: http.Agent | https.Agent | undefined;

  const agentFor = (tls: https.AgentOptions) => {
    const now = JSON.stringify([tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map(String));
    if (!agent || now !== identity) {
      // Requests under way on the old agent end by themselves; its idle sockets time out.
      agent = secure ? new https.Agent({ ...tls, ...agentOptions }) : new http.Agent(agentOptions);
      identity = now;
    }
    return agent;
  };

  async function send(request: HttpRequest): Promise<http.IncomingMessage> {
    const { tls, headers } = await credentials();
    request.signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const message = (secure ? https : http).request({
        agent: agentFor(tls),
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        method: request.method,
        path: prefix + request.path,
        headers: {
          accept: 'application/json',
          ...headers,
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
        const stale = message.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
        // The server closed a kept connection just as it was used again: nothing of the request was worked.
        if (stale) return void send(request).then(resolve, reject);
        reject(new ConnectionError(`${server}: ${error.message || String(error)}`, { cause: error }));
      });
      message.on('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      message.end(request.body);
    });
  }

  return { send, close: () => agent?.destroy() };
}

/** Resolves with the whole body as text; rejects with ConnectionError if it breaks off. */
export async function readBody(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new ConnectionError('the answer broke off', { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves with `answer` if its status is a success, else rejects with its StatusError. */
export async function expectSuccess(answer: http.IncomingMessage): Promise<http.IncomingMessage> {
  const code = answer.statusCode ?? 0;
  if (code >= 200 && code < 300) return answer;
  const text = await readBody(answer);
  throw new StatusError(code, parsed(text), retryAfterMs(answer.headers['retry-after']));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Reads `Retry-After` in both its forms: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
