import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EndpointSlice,
  type KubeObject,
  type Resource,
  type Service,
  resources,
} from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const key = 'kube-system/k3v-metrics';
const apiServiceKey = 'v1beta1.metrics.k8s.io';
const made: [Resource, string][] = [
  [resources.services, key],
  [resources.endpointSlices, key],
  [resources.clusterRoles, 'system:aggregated-metrics-reader'],
  [resources.apiServices, apiServiceKey],
];
const webhookKey = 'k3v-services';
let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;
const store = createMemoryStore();

const start = async (metrics?: { caPem: string }) =>
  await startEngineBetween({ virtual, host, translator, store, ...(metrics ? { metrics } : {}) });
const found = ([resource, at]: [Resource, string]) => virtual.store.get<KubeObject>(resource, at);
const untilMade = async () =>
  await eventually(() => {
    for (const each of made) expect(found(each)).toBeDefined();
  });
const apiService = (labels: Record<string, string>) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: apiServiceKey, labels },
  spec: { group: 'metrics.k8s.io', version: 'v1beta1', service: { namespace: 'kube-system', name: 'metrics-server' } },
});

beforeEach(async () => {
  virtual = await startFakeApiServer();
  host = await startFakeApiServer();
});

afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

describe('what registers the metrics', () => {
  it('is made, and nothing of it crosses to the host', async () => {
    running = await start({ caPem: 'authority' });
    await untilMade();
    expect(virtual.store.get(resources.apiServices, apiServiceKey)).toMatchObject({
      spec: { caBundle: Buffer.from('authority').toString('base64'), service: { name: 'k3v-metrics', port: 443 } },
    });
    // What comes after it on the same queue shows that its turn has been.
    const metadata = { name: 'last', namespace: 'kube-system' };
    virtual.store.put<Service>(resources.services, { apiVersion: 'v1', kind: 'Service', metadata, spec: {} });
    await eventually(() => expect(host.count('create', 'endpoints')).toBe(1));
    const onHost = host.requests.filter(({ verb }) => verb === 'create').map(({ body }) => JSON.stringify(body));
    expect(onHost.filter((body) => body.includes('k3v-metrics'))).toEqual([]);
  });

  it('is written once, and not again at the next start', async () => {
    running = await start({ caPem: 'authority' });
    await untilMade();
    await running.stop();
    virtual.requests.length = 0;
    running = await start({ caPem: 'authority' });
    virtual.store.delete(resources.mutatingWebhookConfigurations, webhookKey);
    await eventually(() => expect(virtual.count('create')).toBe(1));
    expect(virtual.count('patch')).toBe(0);
  });

  it('is put back when a tenant turns it elsewhere or deletes it', async () => {
    running = await start({ caPem: 'authority' });
    await untilMade();
    virtual.store.put(resources.apiServices, apiService({ 'k3v.io/managed': 'true' }));
    const slice = virtual.store.get<EndpointSlice>(resources.endpointSlices, key);
    if (!slice) throw new Error('no slice');
    virtual.store.put<EndpointSlice>(resources.endpointSlices, { ...slice, endpoints: [{ addresses: ['10.0.0.1'] }] });
    virtual.store.delete(resources.services, key);
    await untilMade();
    await eventually(() => {
      expect(virtual.store.get(resources.apiServices, apiServiceKey)).toMatchObject({
        spec: { service: { name: 'k3v-metrics' } },
      });
      expect(virtual.store.get(resources.endpointSlices, key)).toMatchObject({
        endpoints: [{ addresses: ['192.0.0.8'] }],
      });
    });
  });

  it('leaves an API service that is the tenant’s own', async () => {
    const own = apiService({ 'k8s-app': 'metrics-server' });
    virtual.store.put(resources.apiServices, own);
    running = await start({ caPem: 'authority' });
    await eventually(() => expect(virtual.store.get(resources.clusterRoles, made[2]?.[1] ?? '')).toBeDefined());
    expect(virtual.store.get(resources.apiServices, apiServiceKey)).toMatchObject(own);
    expect(virtual.count('patch', 'apiservices')).toBe(0);
  });

  it('goes where there are no metrics any more, and takes nothing of the tenant along', async () => {
    running = await start({ caPem: 'authority' });
    await untilMade();
    await running.stop();
    const labels = { 'k3v.io/managed': 'true', 'kubernetes.io/service-name': 'kubernetes' };
    const mirrored: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      // The API server's mirroring copies the labels of the Endpoints.
      metadata: { name: 'kubernetes-x', namespace: 'default', labels },
      addressType: 'IPv4',
      endpoints: [],
    };
    virtual.store.put(resources.endpointSlices, mirrored);
    running = await start();
    await eventually(() => {
      for (const each of made) expect(found(each)).toBeUndefined();
    });
    expect(virtual.store.get(resources.endpointSlices, 'default/kubernetes-x')).toMatchObject(mirrored);
  });
});
