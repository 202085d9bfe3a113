import { type Server, createServer } from 'node:http';
import { once } from 'node:events';
import { K3vError } from '../errors.ts';
import { stopOf } from '../stop-server.ts';

/** Figures as a Prometheus server reads them: https://prometheus.io/docs/instrumenting/exposition_formats/. */
export interface ServedFigures {
  metrics(): Promise<string>;
  readonly contentType: string;
}

/** What answers `/metrics`, `/healthz` and `/readyz` over HTTP. */
export interface MetricsEndpoint {
  close(): Promise<void>;
}

/** Serves the figures of `registry`, and whether the program is ready, at `address`. Rejects with PORT_IN_USE. */
export async function serveMetrics(
  { host, port }: { host: string; port: number },
  { registry, isReady }: { registry: ServedFigures; isReady: () => boolean },
): Promise<MetricsEndpoint> {
  const server: Server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answer = (code: number, body: string, type = 'text/plain') => {
      response.writeHead(code, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'only GET\n');
    else if (path === '/metrics') {
      registry.metrics().then(
        (text) => answer(200, text, registry.contentType),
        (error: unknown) => answer(500, `${error instanceof Error ? error.message : String(error)}\n`),
      );
    } else if (path === '/healthz') answer(200, 'ok\n');
    else if (path === '/readyz') answer(isReady() ? 200 : 503, isReady() ? 'ok\n' : 'not ready\n');
    else answer(404, 'there is /metrics, /healthz and /readyz\n');
  });
  const stop = stopOf(server);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new K3vError('PORT_IN_USE', `--metrics-address: nothing can listen on ${host}:${port}`, {
      hint: 'Choose another address, or leave --metrics-address out.',
      cause: error,
    });
  }
  return {
    close: stop,
  };
}
