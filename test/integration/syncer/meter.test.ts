import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ConfigMap, type Node, type Pod, type Service, resources } from '../../../src/kube/types.ts';
import { type ClusterMetrics, createClusterMetrics } from '../../../src/metrics/cluster-metrics.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { figuresIn, sumOf } from '../../support/figures.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const settingsKey = `team/${translator.hostName('ConfigMap', 'tenants-shop', 'tenants-settings')}`;
const apiServer: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ port: 443, protocol: 'TCP' }] },
};
const settings = (a: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'tenants-settings', namespace: 'tenants-shop', uid: 'u1' },
  data: { a },
});
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'tenants-web', namespace: 'tenants-shop' },
  spec: {
    containers: [{ name: 'main', image: 'app' }],
    volumes: [{ name: 'v', configMap: { name: 'tenants-settings' } }],
  },
  status: { phase: 'Pending' },
};

let virtual: FakeApiServer;
let host: FakeApiServer;
let metrics: ClusterMetrics;
let running: RunningEngine;

beforeEach(async () => {
  [virtual, host] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
  virtual.store.put(resources.services, apiServer);
  metrics = createClusterMetrics();
  running = await startEngineBetween({ virtual, host, translator, store: createMemoryStore(), meter: metrics.sync });
  virtual.store.put(resources.configMaps, settings('1'));
  virtual.store.put(resources.pods, pod);
  await eventually(() => {
    if (onHost()?.data?.['a'] !== '1') throw new Error('not on the host yet');
  });
});
afterEach(async () => {
  await running.stop();
  await Promise.all([virtual.stop(), host.stop()]);
});

const onHost = () => host.store.get<ConfigMap>(resources.configMaps, settingsKey);
const sum = async (name: string, labels: Record<string, string>) =>
  sumOf(await metrics.registry.metrics(), name, labels);
const repairs = async () => await sum('k3v_drift_repairs_total', { kind: 'configmaps' });

it('what others change or delete on the host is a repair when it is put back, what the tenant changes is none', async () => {
  virtual.store.put(resources.configMaps, settings('2'));
  await eventually(() => expect(onHost()?.data).toEqual({ a: '2' }));
  expect(await repairs()).toBe(0);

  const found = onHost();
  if (!found) throw new Error('not there');
  host.store.put(resources.configMaps, { ...found, data: { a: 'of another' } });
  await eventually(async () => expect(await repairs()).toBe(1));
  expect(onHost()?.data).toEqual({ a: '2' });

  host.store.delete(resources.configMaps, settingsKey);
  await eventually(async () => expect(await repairs()).toBe(2));
  expect(onHost()?.data).toEqual({ a: '2' });
});

it('what k3v itself takes from the host and makes again is no repair', async () => {
  virtual.store.delete(resources.pods, 'tenants-shop/tenants-web');
  await eventually(() => expect(onHost()).toBeUndefined());
  virtual.store.put(resources.pods, pod);
  await eventually(() => expect(onHost()?.data).toEqual({ a: '1' }));
  expect(await repairs()).toBe(0);
});

it('changes count by the side that they come from', async () => {
  await eventually(async () =>
    expect(await sum('k3v_sync_duration_seconds_count', { kind: 'pods', direction: 'to_host' })).toBeGreaterThan(0),
  );
  const toVirtual = async () => await sum('k3v_sync_duration_seconds_count', { kind: 'pods', direction: 'to_virtual' });
  await eventually(async () => expect(await toVirtual()).toBeGreaterThan(0));
  const before = await toVirtual();
  const key = `team/${translator.hostName('Pod', 'tenants-shop', 'tenants-web')}`;
  const found = host.store.get<Pod>(resources.pods, key);
  host.store.put(resources.pods, { ...found, metadata: found?.metadata ?? {}, status: { phase: 'Running' } } as Pod);
  await eventually(async () => expect(await toVirtual()).toBeGreaterThan(before));
});

it('names and contents of what the tenant has are in no label, however much there is of it', async () => {
  const series = async () =>
    [...figuresIn(await metrics.registry.metrics()).values()].flatMap(({ figures }) => figures).length;
  await eventually(async () => expect(await sum('workqueue_depth', {})).toBe(0));
  const before = await series();
  for (let i = 0; i < 50; i += 1) {
    virtual.store.put(resources.pods, { ...pod, metadata: { name: `tenants-pod-${i}`, namespace: `tenants-${i}` } });
  }
  await eventually(() => expect(host.store.list(resources.pods).length).toBe(51));
  await eventually(async () => expect(await sum('workqueue_depth', {})).toBe(0));
  expect(await metrics.registry.metrics()).not.toMatch(/tenants/);
  expect(await series()).toBeLessThan(before + 50);
});

it('looks are spared where nothing can come of them: at companions that a pod does not have, at its ConfigMap and its node while it names them as before', async () => {
  host.store.put<Node>(resources.nodes, { metadata: { name: 'n1' } });
  const looks = async (kind: string) => await sum('k3v_sync_duration_seconds_count', { kind });
  const hostPod = () =>
    host.store.get<Pod>(resources.pods, `team/${translator.hostName('Pod', 'tenants-shop', 'tenants-web')}`);
  const say = (parts: Pick<Pod, 'spec' | 'status'>) => {
    const found = hostPod();
    if (!found) throw new Error('the host has no pod yet');
    host.store.put<Pod>(resources.pods, {
      ...found,
      spec: { containers: [], ...found.spec, ...parts.spec },
      status: parts.status ?? found.status,
    });
  };
  await eventually(() =>
    say({
      spec: { containers: [], nodeName: 'n1' },
      status: { hostIP: '10.0.0.9', phase: 'Pending' },
    }),
  );
  const shown = () => virtual.store.get<Pod>(resources.pods, 'tenants-shop/tenants-web')?.status?.message;
  await eventually(() =>
    expect(virtual.store.get<Pod>(resources.pods, 'tenants-shop/tenants-web')?.status?.hostIP).toBe('10.0.0.9'),
  );
  const before = {
    nodes: await looks('nodes'),
    configmaps: await looks('configmaps'),
    pods: await looks('pods'),
  };
  for (const message of ['one', 'two', 'three']) {
    say({ status: { hostIP: '10.0.0.9', phase: 'Pending', message } });
    await eventually(() => expect(shown()).toBe(message));
  }
  expect(await looks('nodes')).toBe(before.nodes);
  expect(await looks('configmaps')).toBe(before.configmaps);
  expect(await looks('pods')).toBeGreaterThan(before.pods);
  expect(await looks('serviceaccounttokens')).toBe(0);
  expect(await looks('clustertrustbundles')).toBe(0);
});

it('the tokens of a pod are looked at when it comes, when it is placed and when it has gone, not whenever it says something', async () => {
  const looks = async () => await sum('k3v_sync_duration_seconds_count', { kind: 'serviceaccounttokens' });
  const key = `team/${translator.hostName('Pod', 'tenants-shop', 'tenants-job')}`;
  const hostPod = () => host.store.get<Pod>(resources.pods, key);
  const shown = () => virtual.store.get<Pod>(resources.pods, 'tenants-shop/tenants-job');
  virtual.store.put(resources.serviceAccounts, { metadata: { name: 'default', namespace: 'tenants-shop' } });
  virtual.store.put<Pod>(resources.pods, {
    ...pod,
    metadata: { name: 'tenants-job', namespace: 'tenants-shop' },
    spec: {
      containers: [{ name: 'main', image: 'app' }],
      volumes: [{ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
    },
  });
  await eventually(() => expect(hostPod()).toBeDefined());
  await eventually(async () => expect(await sum('workqueue_depth', {})).toBe(0));
  const before = await looks();
  const messages = Array.from({ length: 12 }, (_, index) => `message ${index}`);
  for (const message of messages) {
    const found = hostPod();
    if (!found) throw new Error('the host pod has gone');
    host.store.put<Pod>(resources.pods, { ...found, status: { phase: 'Pending', message } });
    await eventually(() => expect(shown()?.status?.message).toBe(message));
  }
  // What was under way at the beginning is counted, too: fewer than half of them say that not each was looked at.
  expect(await looks()).toBeLessThan(before + messages.length / 2);

  const found = hostPod();
  if (!found) throw new Error('the host pod has gone');
  host.store.put<Pod>(resources.pods, { ...found, status: { phase: 'Succeeded' } });
  const tokens = `team/${translator.hostName('ServiceAccountToken', 'tenants-shop', 'tenants-job')}`;
  await eventually(() => expect(host.store.get(resources.secrets, tokens)).toBeUndefined());
});
