import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientFromKubeConfig } from '../../../src/kube/client-from-kubeconfig.ts';
import type { StreamingKubeClient } from '../../../src/kube/rest-client.ts';
import { eventually } from '../../support/eventually.ts';
import { type RecordingProxy, startRecordingProxy } from '../../support/recording-proxy.ts';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.ts';

describe("through a kubeconfig's proxy-url", () => {
  let host: StreamingHost;
  let proxy: RecordingProxy;
  let client: StreamingKubeClient;

  beforeEach(async () => {
    host = await startStreamingHost();
    proxy = await startRecordingProxy();
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [
        { name: 'c', server: host.url, caData: Buffer.from(host.caPem).toString('base64'), proxyUrl: proxy.url },
      ],
      users: [{ name: 'u', token: 'secret' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    client = clientFromKubeConfig(config);
  });
  afterEach(async () => {
    client.close();
    await proxy.close();
    await host.stop();
  });

  it('go streams and upgrades, each in a tunnel of its own, and end with their reader', async () => {
    host.onRequest = (_, response) => void response.write('line\n');
    host.onUpgrade = (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      socket.pipe(socket);
    };
    const answer = await client.raw.stream({ method: 'GET', path: '/log' });
    const [line] = (await once(answer, 'data')) as [Buffer];
    expect(line.toString()).toBe('line\n');
    const { upgraded } = await client.raw.upgrade({
      method: 'POST',
      path: '/exec',
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    });
    const echo = upgraded && text(upgraded.socket);
    upgraded?.socket.end('echo');
    expect(await echo).toBe('echo');
    expect(proxy.requests).toEqual(Array(2).fill(`CONNECT ${new URL(host.url).host}`));
    expect(host.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
    answer.destroy();
    await eventually(() => expect(host.connections()).toBe(0));
  });

  it('comes a clear error when the proxy is away', async () => {
    await proxy.close();
    const upgrading = client.raw.upgrade({
      method: 'POST',
      path: '/exec',
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    });
    await expect(upgrading).rejects.toThrow(/^https:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    proxy = await startRecordingProxy();
  });
});
