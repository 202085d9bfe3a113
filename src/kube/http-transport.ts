import type http from 'node:http';
import { TLSSocket } from 'node:tls';
import { type Credentials, type Identity, createApiEndpoint } from './api-endpoint.ts';
import { ConnectionError } from './errors.ts';

export type { Credentials, Identity } from './api-endpoint.ts';

/** One HTTP request to the API server. */
interface HttpRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Time until the answer's headers. Default: 30 s; 0 means no limit. */
  timeoutMs?: number;
  /** Called when there are credentials and a connection, right before anything is sent; what it throws the request rejects with. */
  onSend?: (() => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends requests; resolves with the answer once its headers are there, whatever the status. */
export interface HttpTransport {
  send(request: HttpRequest): Promise<http.IncomingMessage>;
  close(): void;
}

const defaultTimeoutMs = 30_000;
const keepAliveMs = 15_000;

/**
 * Returns a transport with kept connections to `server`; a new set of connections is opened when the TLS identity
 * changes. A request refused with 401 is sent once more if the credentials, asked for anew, are different ones.
 */
export function createHttpTransport(server: string, credentials: Credentials): HttpTransport {
  const endpoint = createApiEndpoint(server, credentials, {
    keepAlive: true,
    keepAliveMsecs: keepAliveMs,
    maxSockets: 64,
    maxFreeSockets: 16,
  });

  async function sendAs(identity: Identity, request: HttpRequest): Promise<{ answer: http.IncomingMessage }> {
    request.signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const message = endpoint.open(identity, {
        method: request.method,
        path: request.path,
        headers: {
          accept: 'application/json',
          ...request.headers,
          ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
        },
        signal: request.signal,
      });
      const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
      const timer =
        timeoutMs > 0
          ? setTimeout(() => message.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
          : undefined;
      let refusal: Error | undefined;
      message.on('error', (error) => {
        clearTimeout(timer);
        if (refusal) return reject(refusal);
        if (request.signal?.aborted) return reject(request.signal.reason);
        const reset = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        // The server closed a kept connection just as it was used again: nothing of the request was worked.
        if (message.reusedSocket && reset) return void sendAs(identity, request).then(resolve, reject);
        reject(new ConnectionError(`${server}: ${error.message || String(error)}`, { cause: error }));
      });
      message.on('response', (answer) => {
        clearTimeout(timer);
        resolve({ answer });
      });
      const { onSend } = request;
      if (!onSend) return void message.end(request.body);
      onceConnected(message, () => {
        try {
          onSend();
          message.end(request.body);
        } catch (error) {
          refusal = error instanceof Error ? error : new Error(String(error));
          message.destroy(refusal);
        }
      });
    });
  }

  return {
    send: async (request) => (await endpoint.authenticated((identity) => sendAs(identity, request))).answer,
    close: () => endpoint.close(),
  };
}

/** Calls `then` once what `message` writes goes out at once. */
function onceConnected(message: http.ClientRequest, then: () => void): void {
  message.once('socket', (socket) => {
    if (socket instanceof TLSSocket && !socket.authorized && !socket.authorizationError) {
      socket.once('secureConnect', then);
    } else if (socket.connecting) socket.once('connect', then);
    else then();
  });
}
