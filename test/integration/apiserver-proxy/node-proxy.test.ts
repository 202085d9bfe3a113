import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServedKubelet, serveKubelet } from '../../support/served-kubelet.ts';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.ts';

describe('what is asked of a node', () => {
  let host: StreamingHost;
  let kubelet: ServedKubelet;

  beforeEach(async () => {
    host = await startStreamingHost();
    kubelet = await serveKubelet(host);
  });
  afterEach(async () => {
    await kubelet.stop();
    await host.stop();
  });

  const read = async (path: string) => {
    const answer = await kubelet.request('GET', path);
    expect(answer.statusCode).toBe(200);
    return { body: await text(answer), type: answer.headers['content-type'] };
  };

  it('is answered from the virtual cluster: health and pods', async () => {
    expect((await read('/healthz')).body).toBe('ok');
    const list: unknown = JSON.parse((await read('/pods')).body);
    expect(list).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'web', namespace: 'shop' } }] });
    expect(host.requests).toEqual([]);
  });

  it('is answered with figures of the host where it gives them', async () => {
    const podRef = { name: 'web-shop-abcdefghij', namespace: 'team-a', uid: 'host-uid-web' };
    const summary = {
      node: { cpu: { usageCoreNanoSeconds: 1e9 } },
      pods: [{ podRef, cpu: { usageCoreNanoSeconds: 3e9 } }, { podRef: { ...podRef, namespace: 'team-b' } }],
    };
    host.onRequest = ({ url }, response) =>
      response.end(
        url?.endsWith('summary')
          ? JSON.stringify(summary)
          : 'a{namespace="team-a",pod="web-shop-abcdefghij"} 1\na{namespace="team-b",pod="x"} 1\n',
      );
    const { pods } = JSON.parse((await read('/stats/summary')).body) as { pods: unknown[] };
    expect(pods).toMatchObject([{ podRef: { name: 'web' }, cpu: { usageCoreNanoSeconds: 3e9 } }]);
    const metrics = await read('/metrics/resource');
    expect(metrics.body).toContain('pod_cpu_usage_seconds_total{namespace="shop",pod="web"} 3\n');
    expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await read('/metrics/cadvisor')).body).toBe('a{namespace="shop",pod="web"} 1\n');
    expect(host.requests.map(({ url }) => url)).toEqual([
      '/api/v1/nodes/node-1/proxy/stats/summary',
      '/api/v1/nodes/node-1/proxy/stats/summary',
      '/api/v1/nodes/node-1/proxy/metrics/cadvisor',
    ]);
  });

  it('is answered without figures where the host forbids them, which is asked once', async () => {
    host.onRequest = (_, response) => response.writeHead(403).end('{"kind":"Status","message":"no"}');
    const { pods } = JSON.parse((await read('/stats/summary')).body) as { pods: unknown[] };
    expect(pods).toMatchObject([{ podRef: { name: 'web', namespace: 'shop' }, containers: [{ name: 'app' }] }]);
    expect((await read('/metrics/resource')).body).toContain('resource_scrape_error 1\n');
    expect((await read('/metrics')).body).toContain('kubelet_running_pods 1\n');
    expect((await read('/metrics/cadvisor')).body).toBe('');
    expect(host.requests).toHaveLength(1);
  });

  it('is answered without figures where the host breaks off', async () => {
    host.onRequest = (_, response) => {
      response.write('{"node":');
      setImmediate(() => response.destroy());
    };
    const { pods } = JSON.parse((await read('/stats/summary')).body) as { pods: unknown[] };
    expect(pods).toMatchObject([{ podRef: { name: 'web' } }]);
  });
});
