import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { StatusError } from '../kube/errors.ts';
import type { Logger } from '../log.ts';
import { commonNameOf } from './common-name.ts';
import type { MetricsApi } from './metrics-api.ts';
import { mutualTlsOptions } from './mutual-tls.ts';
import { createServedConnections } from './served-connections.ts';

/** Serves `metrics.k8s.io` to the virtual API server. Serves until `close`. */
export interface MetricsServer {
  /** Serves one connection that the API server dialled, TLS first, and ends it. Never throws. */
  serve(connection: Duplex): void;
  /** Ends every connection; resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** Who may ask: the API server, which has decided before whether its user may. */
export interface AggregatorTrust {
  /** The authority of the certificates that the API server shows to aggregated API servers. */
  clientCaPem: string;
  /** The names in them; empty: any. */
  allowedNames: readonly string[];
}

const handshakeTimeoutMs = 10_000;
/** Go's HTTP client, which the API server is, drops what is idle after 90 s; it must be the one to do so. */
const idleTimeoutMs = 120_000;

/** Returns a server that answers with `api` as the owner of `certPem`. Clients that `trust` does not name are cut off. */
export function createMetricsServer({
  api,
  certPem,
  keyPem,
  trust,
  log,
}: {
  api: MetricsApi;
  certPem: string;
  keyPem: string;
  trust: AggregatorTrust;
  log: Logger;
}): MetricsServer {
  const connections = createServedConnections();
  const server = https.createServer({
    ...mutualTlsOptions({ certPem, keyPem, clientCaPem: trust.clientCaPem }),
    handshakeTimeout: handshakeTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
  });
  server.on('tlsClientError', (err) => log.warn({ err }, 'refused a connection to the metrics'));
  server.on('request', (request, response) => {
    answer(request).then(
      ({ code, body }) => {
        const text = `${JSON.stringify(body)}\n`;
        response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
        response.end(text);
      },
      (err: unknown) => {
        log.error({ err, url: request.url }, 'could not answer with metrics');
        response.destroy();
      },
    );
  });

  async function answer(request: IncomingMessage): Promise<{ code: number; body: object }> {
    const { method = '', url = '', headers, socket } = request;
    try {
      const client = socket instanceof TLSSocket ? commonNameOf(socket) : '';
      if (trust.allowedNames.length > 0 && !trust.allowedNames.includes(client)) {
        log.warn({ client }, 'refused a request for metrics');
        throw new StatusError(401, { reason: 'Unauthorized', message: 'Unauthorized' });
      }
      return { code: 200, body: await api({ method, url, accept: headers.accept ?? '' }) };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return { code: error.code, body: statusOf(error) };
    }
  }

  return {
    serve(connection) {
      if (!connections.add(connection)) return;
      server.emit('connection', connection);
    },
    close: () => connections.close(),
  };
}

function statusOf({ code, reason, message }: StatusError): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
