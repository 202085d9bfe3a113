import http, { type IncomingMessage, type Server } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Logger } from '../log.ts';
import { stopOf } from '../stop-server.ts';
import { type ConnectTarget, parseConnectTarget } from './connect-target.ts';
import { type MutualTls, mutualTlsOptions } from './mutual-tls.ts';
import { createRepetitionFilter } from './repetition-filter.ts';

/** Takes over the API server's end of a connection that has been opened. */
export type TakeOver = (connection: Duplex) => void;

/**
 * Opens `target`; resolves with what takes over once the API server has been told so. Rejects with ConnectRefused, or with any other
 * error if it cannot be reached. `signal` aborts when nobody waits for it any more.
 */
export type OpenTarget = (target: ConnectTarget, signal: AbortSignal) => Promise<TakeOver>;

/** A target is not opened: 403 not allowed, 503 not now, 502 does not answer, 504 not in time. The message is shown to tenants. */
export class ConnectRefused extends Error {
  override readonly name = 'ConnectRefused';
  /** 503: not yet. */
  readonly status: 403 | 502 | 503 | 504;

  constructor(status: 403 | 502 | 503 | 504, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A proxy for `CONNECT` and nothing else (RFC 9110, 9.3.6). States: listening by its caller → closed. */
export interface ConnectServer {
  readonly server: Server;
  /** Ends the server and every connection through it. */
  close(): Promise<void>;
}

const phrases = { 403: 'Forbidden', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' } as const;
const maxReasonLength = 300;

/** Returns a server, not listening yet, that opens targets with `open` and logs each refusal. `tls` puts it behind mutual TLS. */
export function createConnectServer({
  name,
  open,
  tls,
  log,
}: {
  /** For the log. */
  name: string;
  open: OpenTarget;
  tls?: MutualTls | undefined;
  log: Logger;
}): ConnectServer {
  const server = tls ? https.createServer(mutualTlsOptions(tls)) : http.createServer();
  const stop = stopOf(server);
  const isNews = createRepetitionFilter();
  const closing = new AbortController();

  async function connect(
    { url = '', headers, httpVersion }: IncomingMessage,
    connection: Duplex,
    head: Buffer,
  ): Promise<void> {
    const gone = new AbortController();
    connection.on('error', () => undefined);
    connection.once('close', () => gone.abort(new Error('the API server has hung up')));
    const refuse = (status: number, reason: string, error?: unknown) => {
      const fields = { egress: name, target: url.slice(0, maxReasonLength), status, reason, cause: error };
      // Controllers of the API server try some targets many times a second; and at each start before k3v knows the cluster, which passes.
      log[status !== 503 && isNews(`${url} ${reason}`) ? 'warn' : 'debug'](fields, 'refused to dial');
      connection.end(`HTTP/1.1 ${status} ${printable(reason)}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      connection.resume();
      // A client that does not close its side would hold ours open.
      connection.once('finish', () => connection.destroy());
    };
    // A line that ends without a version is one of HTTP/0.9 to the parser.
    if (httpVersion !== '1.1') return refuse(400, 'the request is not HTTP/1.1');
    const target = parseConnectTarget(url);
    if (!target) return refuse(400, 'the target is not host:port');
    if ('content-length' in headers || 'transfer-encoding' in headers) return refuse(400, 'a CONNECT has no content');
    const stopListening = listenForEnd(connection, head);
    try {
      const takeOver = await open(target, AbortSignal.any([gone.signal, closing.signal]));
      stopListening();
      connection.write('HTTP/1.1 200 OK\r\n\r\n');
      takeOver(connection);
    } catch (error) {
      stopListening();
      if (connection.destroyed) return;
      if (error instanceof ConnectRefused) {
        return refuse(error.status, `${phrases[error.status]}: ${error.message}`, messageOf(error.cause));
      }
      refuse(502, `${phrases[502]}: the target cannot be reached`, messageOf(error));
    }
  }

  server.on('connect', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    void connect(request, connection, head);
  });
  server.on('request', (request, response) => {
    log.warn({ egress: name, method: request.method, reason: 'not a CONNECT' }, 'refused to dial');
    response.writeHead(405, { allow: 'CONNECT', connection: 'close' }).end();
  });
  server.on('clientError', (error: Error, connection: Duplex) => {
    log.warn({ egress: name, reason: error.message }, 'refused to dial');
    connection.destroy();
  });

  return {
    server,
    async close() {
      closing.abort(new Error('k3v ends'));
      await stop();
    },
  };
}

/**
 * Destroys `connection` at its end, which shows only while someone reads. Returns a function that stops this and puts `head` and what
 * was read back.
 */
function listenForEnd(connection: Duplex, head: Buffer): () => void {
  const read = [head];
  const onData = (bytes: Buffer) => void read.push(bytes);
  // Who asks waits for the answer before it speaks; what it says too early must not fill the memory.
  const onFirst = () => void connection.pause();
  const onEnd = () => void connection.destroy();
  connection.on('data', onData).once('data', onFirst).on('end', onEnd);
  return () => {
    connection.off('data', onData).off('data', onFirst).off('end', onEnd);
    connection.pause();
    const early = Buffer.concat(read);
    if (early.length > 0 && !connection.destroyed) connection.unshift(early);
  };
}

/** A status line holds no line break and, to be safe, nothing but ASCII. */
function printable(reason: string): string {
  return reason.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, maxReasonLength);
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
