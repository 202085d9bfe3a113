import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { tenantCadvisor } from '../../../src/apiserver-proxy/node-proxy-cadvisor.ts';
import { kubeletMetrics, resourceMetrics } from '../../../src/apiserver-proxy/node-proxy-metrics.ts';
import { parseSummary, tenantSummary } from '../../../src/apiserver-proxy/node-proxy-summary.ts';
import { hostNamespace, node, webPair } from '../../support/served-kubelet.ts';

const time = '2026-01-03T00:00:00Z';
const figures = {
  cpu: { time, usageNanoCores: 5, usageCoreNanoSeconds: 2_500_000_000 },
  memory: { time, workingSetBytes: 4096 },
};

/** What the host's kubelet says: the tenant's pod with a sidecar and two volumes, another tenant's and a system pod. */
const hostSummary = {
  node: {
    nodeName: 'node-1',
    startTime: '2025-12-31T00:00:00Z',
    ...figures,
    runtime: { imageFs: {} },
    systemContainers: [],
  },
  pods: [
    {
      podRef: { name: 'web-shop-abcdefghij', namespace: hostNamespace, uid: 'host-uid-web' },
      startTime: '2026-01-02T00:00:00Z',
      containers: [
        { name: 'app', startTime: '2026-01-02T00:00:05Z', ...figures },
        { name: 'injected', startTime: '2026-01-02T00:00:05Z', ...figures },
      ],
      ...figures,
      volume: [
        {
          name: 'data',
          pvcRef: { name: 'data-shop-abcdefghij', namespace: hostNamespace },
          usedBytes: 7,
          capacityBytes: 9,
        },
        { name: 'scratch', pvcRef: { name: 'web-scratch-shop-x', namespace: hostNamespace }, usedBytes: 3 },
        { name: 'injected', usedBytes: 1 },
      ],
    },
    { podRef: { name: 'web-shop-abcdefghij', namespace: 'team-b', uid: 'other' }, ...figures },
    { podRef: { name: 'kube-proxy', namespace: 'kube-system', uid: 'system' }, ...figures },
  ],
};

function pairWithVolumes() {
  const pair = webPair();
  const spec = {
    containers: [{ name: 'app' }],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'scratch', ephemeral: {} },
    ],
  };
  return { ...pair, virtual: { ...pair.virtual, spec } };
}

const summaryOf = (host: unknown, pods = [pairWithVolumes()]) =>
  tenantSummary({ host: parseSummary(JSON.stringify(host)), hostNamespace, node, pods });

describe('the figures of a node', () => {
  it("are those of the tenant's pods in its own names", () => {
    const summary = summaryOf(hostSummary);
    expect(summary.pods).toEqual([
      {
        podRef: { name: 'web', namespace: 'shop', uid: 'virtual-uid-web' },
        startTime: '2026-01-02T00:00:00Z',
        containers: [{ name: 'app', startTime: '2026-01-02T00:00:05Z', ...figures }],
        ...figures,
        volume: [
          { name: 'data', pvcRef: { name: 'data', namespace: 'shop' }, usedBytes: 7, capacityBytes: 9 },
          { name: 'scratch', pvcRef: { name: 'web-scratch', namespace: 'shop' }, usedBytes: 3 },
        ],
      },
    ]);
    expect(summary.node).toEqual({ nodeName: 'node-1', startTime: '2025-12-31T00:00:00Z', ...figures });
    expect(JSON.stringify(summary)).not.toMatch(/team-|abcdefghij|host-uid|kube-proxy|injected/);
  });

  it.each([
    ['that k3v may not read', undefined],
    ['that is none', { pods: 'no' }],
    [
      'of a pod that was made anew',
      { node: {}, pods: [{ podRef: { name: 'web-shop-abcdefghij', namespace: hostNamespace, uid: 'old' } }] },
    ],
  ])('have the same form without a host summary, or with one %s', (_, host) => {
    expect(summaryOf(host).pods).toEqual([
      {
        podRef: { name: 'web', namespace: 'shop', uid: 'virtual-uid-web' },
        startTime: '2026-01-02T00:00:00Z',
        containers: [{ name: 'app', startTime: '2026-01-02T00:00:05Z' }],
      },
    ]);
  });

  it('are metrics as a kubelet names them', () => {
    expect(
      resourceMetrics(summaryOf(hostSummary))
        .split('\n')
        .filter((line) => !line.startsWith('#')),
    ).toEqual([
      `container_cpu_usage_seconds_total{container="app",namespace="shop",pod="web"} 2.5 ${Date.parse(time)}`,
      `container_memory_working_set_bytes{container="app",namespace="shop",pod="web"} 4096 ${Date.parse(time)}`,
      `container_start_time_seconds{container="app",namespace="shop",pod="web"} ${Date.parse('2026-01-02T00:00:05Z') / 1000}`,
      `node_cpu_usage_seconds_total 2.5 ${Date.parse(time)}`,
      `node_memory_working_set_bytes 4096 ${Date.parse(time)}`,
      `pod_cpu_usage_seconds_total{namespace="shop",pod="web"} 2.5 ${Date.parse(time)}`,
      `pod_memory_working_set_bytes{namespace="shop",pod="web"} 4096 ${Date.parse(time)}`,
      'resource_scrape_error 0',
      '',
    ]);
    expect(resourceMetrics(summaryOf(undefined))).toContain('resource_scrape_error 1\n');
    expect(kubeletMetrics(summaryOf(hostSummary))).toContain(
      'kubelet_volume_stats_used_bytes{namespace="shop",persistentvolumeclaim="data"} 7\n',
    );
    expect(kubeletMetrics(summaryOf(undefined, []))).toContain('kubelet_running_pods 0\n');
  });

  it("of cAdvisor are the lines about the tenant's pods", async () => {
    const host = [
      '# HELP container_cpu_usage_seconds_total Cumulative cpu time consumed in seconds.',
      '# TYPE container_cpu_usage_seconds_total counter',
      'container_cpu_usage_seconds_total{container="app",cpu="total",id="/kubepods/podhost-uid-web/1",image="i",name="n",namespace="team-a",pod="web-shop-abcdefghij"} 1 2',
      'container_cpu_usage_seconds_total{container="",id="/kubepods-podhost_uid_web.slice",image="",name="",namespace="team-a",pod="web-shop-abcdefghij"} 1 2',
      'container_cpu_usage_seconds_total{container="injected",id="/x",namespace="team-a",pod="web-shop-abcdefghij"} 1 2',
      'container_cpu_usage_seconds_total{container="app",id="/y",namespace="team-b",pod="web-shop-abcdefghij"} 1 2',
      'container_cpu_usage_seconds_total{container="app",id="/z",namespace="team-a",pod="another"} 1 2',
      'container_cpu_usage_seconds_total{container="",id="/",image="",name="",namespace="",pod=""} 1 2',
      'machine_cpu_cores{boot_id="b",machine_id="m",system_uuid="s"} 8',
    ].join('\n');
    const lines = await text(
      tenantCadvisor(Readable.from([host.slice(0, 300), host.slice(300)]), hostNamespace, [webPair()]),
    );
    expect(lines.split('\n')).toEqual([
      '# HELP container_cpu_usage_seconds_total Cumulative cpu time consumed in seconds.',
      '# TYPE container_cpu_usage_seconds_total counter',
      'container_cpu_usage_seconds_total{container="app",cpu="total",id="/kubepods/podvirtual-uid-web/1",image="i",name="n",namespace="shop",pod="web"} 1 2',
      'container_cpu_usage_seconds_total{container="",id="/kubepods-podvirtual_uid_web.slice",image="",name="",namespace="shop",pod="web"} 1 2',
      '',
    ]);
  });
});
