import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { serveMetrics } from '../../../src/metrics/serve-metrics.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('answers what a Prometheus server and a kubelet ask for, and refuses the rest', async () => {
  const registry = new Registry();
  new Gauge({ name: 'depth', help: 'How many.', registers: [registry] }).set(7);
  let isReady = false;
  const port = await freePort();
  const endpoint = await serveMetrics({ host: '127.0.0.1', port }, { registry, isReady: () => isReady });
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { code: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
  };
  try {
    expect(await ask('/metrics')).toEqual({
      code: 200,
      text: '# HELP depth How many.\n# TYPE depth gauge\ndepth 7\n',
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(await ask('/healthz')).toMatchObject({ code: 200, text: 'ok\n' });
    expect(await ask('/readyz')).toMatchObject({ code: 503 });
    isReady = true;
    expect(await ask('/readyz')).toMatchObject({ code: 200 });
    expect(await ask('/other')).toMatchObject({ code: 404 });
    expect(await ask('/metrics', 'POST')).toMatchObject({ code: 405 });
    await expect(serveMetrics({ host: '127.0.0.1', port }, { registry, isReady: () => true })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  } finally {
    await endpoint.close();
  }
});

it('says so when a figure cannot be read, and goes on', async () => {
  const registry = new Registry();
  let isBroken = true;
  new Gauge({
    name: 'depth',
    help: 'How many.',
    registers: [registry],
    collect() {
      if (isBroken) throw new Error('the figure is broken');
    },
  });
  const port = await freePort();
  const endpoint = await serveMetrics({ host: '127.0.0.1', port }, { registry, isReady: () => true });
  try {
    const first = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([first.status, await first.text()]).toEqual([500, 'the figure is broken\n']);
    isBroken = false;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  } finally {
    await endpoint.close();
  }
});
