import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostPodFigures } from '../../../src/apiserver-proxy/host-figures.ts';
import { createHostKubelets } from '../../../src/apiserver-proxy/host-kubelet.ts';
import { kubeletPodFigures } from '../../../src/apiserver-proxy/kubelet-figures.ts';
import { createMetricsApi } from '../../../src/apiserver-proxy/metrics-api.ts';
import { firstFigures } from '../../../src/apiserver-proxy/metrics-figures.ts';
import { type MetricsServer, createMetricsServer } from '../../../src/apiserver-proxy/metrics-server.ts';
import { tenantSummary } from '../../../src/apiserver-proxy/node-proxy-summary.ts';
import { type Authority, type KeyPair, createAuthority } from '../../../src/control-plane/certificates.ts';
import { type StreamingKubeClient, createKubeClient } from '../../../src/kube/rest-client.ts';
import { silentLog } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import { hostNamespace, node, webPair } from '../../support/served-kubelet.ts';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.ts';

const pods = '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods';
const time = '2026-01-02T00:01:00Z';
const usage = (cpu: string) => ({ cpu, memory: '4Ki' });
const metricsOnHost = {
  items: [
    {
      metadata: { name: 'web-shop-abcdefghij' },
      timestamp: time,
      window: '15s',
      containers: [
        { name: 'app', usage: usage('7m') },
        { name: 'injected', usage: usage('1') },
      ],
    },
  ],
};
const stats = { cpu: { time, usageNanoCores: 9_000_000 }, memory: { time, workingSetBytes: 4096 } };
const podRef = { name: 'web-shop-abcdefghij', namespace: hostNamespace, uid: 'host-uid-web' };
const summaryOnHost = { node: stats, pods: [{ podRef, containers: [{ name: 'app', ...stats }] }] };

describe('the metrics of a virtual cluster', () => {
  let host: StreamingHost;
  let client: StreamingKubeClient;
  let authority: Authority;
  let frontProxy: KeyPair;
  let metrics: MetricsServer;
  let server: net.Server;
  let clock: number;
  /** How the host answers for its metrics, and for its kubelets. */
  let answers: { metrics: (response: ServerResponse) => void; kubelets: (response: ServerResponse) => void };
  let stranger: KeyPair;
  const sockets = new Set<Socket>();

  const send = (body: object) => (response: ServerResponse) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  const refuse = (code: number) => (response: ServerResponse) =>
    void response.writeHead(code).end(JSON.stringify({ kind: 'Status', code, message: 'no' }));

  beforeEach(async () => {
    clock = 0;
    answers = { metrics: send(metricsOnHost), kubelets: send(summaryOnHost) };
    host = await startStreamingHost();
    host.onRequest = ({ url = '' }, response) =>
      url.startsWith('/apis/metrics.k8s.io/') ? answers.metrics(response) : answers.kubelets(response);
    client = createKubeClient({
      server: host.url,
      credentials: async () => ({ tls: { ca: host.caPem }, headers: {} }),
    });
    const kubelets = createHostKubelets({ raw: client.raw });
    const view = {
      pod: () => webPair(),
      pods: () => [webPair()],
      nodes: () => [node],
    };
    const readSummary = async () => {
      const found = await kubelets.summary(node);
      return found && tenantSummary({ host: found, hostNamespace, node, pods: view.pods() });
    };
    const settings = { client, view, namespace: hostNamespace, labelSelector: 'a=b', timeoutMs: 1_000 };
    const api = createMetricsApi({
      view,
      pods: firstFigures([hostPodFigures(settings), kubeletPodFigures({ view, readSummary })], {
        what: 'pods',
        log: silentLog,
        now: () => (clock += 60_000),
      }),
      nodes: firstFigures([], { what: 'nodes', log: silentLog }),
    });
    authority = await createAuthority('proxy-ca');
    const frontProxyCa = await createAuthority('front-proxy-ca');
    frontProxy = await frontProxyCa.issue({ commonName: 'front-proxy-client', usages: ['client'], days: 1 });
    const serving = await authority.issue({ commonName: 'm', ipAddresses: ['127.0.0.1'], usages: ['server'], days: 1 });
    const trust = { clientCaPem: frontProxyCa.certPem, allowedNames: ['front-proxy-client'] };
    metrics = createMetricsServer({ api, ...serving, trust, log: silentLog });
    stranger = await frontProxyCa.issue({ commonName: 'stranger', usages: ['client'], days: 1 });
    server = net.createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      metrics.serve(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    await metrics.close();
    server.close();
    // Comes once no connection is left.
    await once(server, 'close');
    client.close();
    await host.stop();
  });

  async function get(path: string, { certPem, keyPem }: KeyPair = frontProxy) {
    const { port } = server.address() as AddressInfo;
    const request = https.get({
      host: '127.0.0.1',
      port,
      path,
      ca: authority.certPem,
      agent: false,
      ...(certPem === '' ? {} : { cert: certPem, key: keyPem }),
    });
    const [answer] = await once(request, 'response');
    return { code: answer.statusCode as number, body: (await json(answer)) as Record<string, unknown> };
  }

  const figures = (cpu: string, window: string) => ({
    code: 200,
    body: {
      kind: 'PodMetricsList',
      items: [
        { metadata: { name: 'web', namespace: 'shop' }, window, containers: [{ name: 'app', usage: usage(cpu) }] },
      ],
    },
  });
  const ofMetrics = figures('7m', '15s');
  const ofKubelets = figures('9m', '30s');
  const unavailable = { code: 503, body: { kind: 'Status', reason: 'ServiceUnavailable' } };

  it('are those that the host has, without containers that only the host knows', async () => {
    expect(await get(pods)).toMatchObject(ofMetrics);
    expect(host.requests.map(({ url }) => url)).toEqual([
      '/apis/metrics.k8s.io/v1beta1/namespaces/team-a/pods?labelSelector=a%3Db',
    ]);
  });

  const faults: [string, (response: ServerResponse) => void][] = [
    ['forbids them', refuse(403)],
    ['has none any more', refuse(404)],
    ['has a metrics-server that does not answer', refuse(503)],
    ['breaks off', (response) => void response.destroy()],
    ['does not answer', () => undefined],
  ];

  it.each(faults)('come from its kubelets while the host %s, and from itself again after', async (_, fault) => {
    answers.metrics = fault;
    expect(await get(pods)).toMatchObject(ofKubelets);
    answers.metrics = send(metricsOnHost);
    expect(await get(pods)).toMatchObject(ofMetrics);
  });

  it.each(faults)('are unavailable when the host %s and its kubelets do not answer', async (_, fault) => {
    answers = { metrics: fault, kubelets: refuse(500) };
    expect(await get(pods)).toMatchObject(unavailable);
    expect(await get(`${pods}/web`)).toMatchObject(unavailable);
    answers.kubelets = send(summaryOnHost);
    expect(await get(pods)).toMatchObject(ofKubelets);
  });

  it('are forbidden where the host has nothing that k3v may read', async () => {
    const message =
      'nodes.metrics.k8s.io is forbidden: k3v cannot list resource "nodes" in API group "metrics.k8s.io" on the host';
    expect(await get('/apis/metrics.k8s.io/v1beta1/nodes')).toEqual({
      code: 403,
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        reason: 'Forbidden',
        message,
        code: 403,
      },
    });
  });

  it('are discovered while the host is away', async () => {
    await host.stop();
    expect(await get('/apis/metrics.k8s.io/v1beta1')).toMatchObject({ code: 200, body: { kind: 'APIResourceList' } });
    host = await startStreamingHost();
  });

  it("are for the API server's eyes only", async () => {
    const kubeletClient = await authority.issue({ commonName: 'front-proxy-client', usages: ['client'], days: 1 });
    for (const identity of [kubeletClient, { certPem: '', keyPem: '' }]) {
      await expect(get(pods, identity)).rejects.toThrow(/certificate|hang up|ECONNRESET|alert/);
    }
    expect(await get(pods, stranger)).toMatchObject({ code: 401, body: { kind: 'Status', reason: 'Unauthorized' } });
    expect(host.requests).toEqual([]);
  });

  it('leave nothing behind of a client that hangs up', async () => {
    answers = { metrics: () => undefined, kubelets: () => undefined };
    const { port } = server.address() as AddressInfo;
    const identity = { cert: frontProxy.certPem, key: frontProxy.keyPem, ca: authority.certPem };
    const request = https.get({ host: '127.0.0.1', port, path: pods, agent: false, ...identity });
    request.on('error', () => undefined);
    await eventually(() => expect(host.requests).not.toEqual([]));
    request.destroy();
    await eventually(() => expect(sockets.size).toBe(0));
  });

  it('end although a client had hung up before it was served', async () => {
    const gone = new net.Socket();
    gone.destroy();
    await once(gone, 'close');
    metrics.serve(gone);
    await expect(metrics.close()).resolves.toBeUndefined();
  });
});
