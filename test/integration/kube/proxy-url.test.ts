import { createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { clientFromKubeConfig } from '../../../src/kube/client-from-kubeconfig.ts';
import { resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { startFakeApiServer } from '../../support/fake-api-server.ts';

it("a kubeconfig's proxy-url is used, with one tunnel for requests that follow one another", async () => {
  const server = await startFakeApiServer();
  const tunnels: string[] = [];
  const open = new Set<Socket>();
  const proxy = createServer();
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    tunnels.push(url);
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1');
    open.add(upstream);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
    for (const side of [socket, upstream]) side.on('error', () => upstream.destroy());
    upstream.on('close', () => {
      socket.destroy();
      open.delete(upstream);
    });
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: server.url, skipTLSVerify: true, proxyUrl: `http://127.0.0.1:${port}` }],
    users: [{ name: 'u' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  const client = clientFromKubeConfig(config);
  for (let i = 0; i < 5; i += 1) expect((await client.list(resources.pods)).items).toEqual([]);
  expect(tunnels).toEqual([new URL(server.url).host]);
  client.close();
  await eventually(() => expect(open.size).toBe(0));
  await new Promise((resolve) => void proxy.close(resolve));
  await server.stop();
});
