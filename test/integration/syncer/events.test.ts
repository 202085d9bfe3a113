import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeEvent, type Pod, type Resource, type Service, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const store = createMemoryStore();
const hostPodName = translator.hostName('Pod', 'shop', 'web');
const minutesAgo = (minutes: number) => `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`;

let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;

const startEngine = async (optional: (resource: Resource) => boolean = () => true) =>
  (running = await startEngineBetween({ virtual, host, translator, store, optional }));

const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: {
    containers: [{ name: 'main', image: 'app' }],
    volumes: [{ name: 'c', configMap: { name: 'settings' } }],
  },
  status: { phase: 'Pending' },
});
const apiServer: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ port: 443, protocol: 'TCP' }] },
};

/** Puts an event about the host pod `name` on the host, as its kubelet would. */
function putHostEvent(
  reason: string,
  { name = hostPodName, uid, ...rest }: Partial<KubeEvent> & { name?: string; uid?: string | undefined } = {},
) {
  return host.store.put<KubeEvent>(resources.events, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${reason.toLowerCase()}`, namespace: 'team' },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name, uid: uid ?? uidOnHost(name) },
    reason,
    message: `${reason} of team/${name}`,
    type: 'Normal',
    count: 1,
    firstTimestamp: minutesAgo(0),
    lastTimestamp: minutesAgo(0),
    ...rest,
  });
}

const uidOnHost = (name: string) => host.store.get<Pod>(resources.pods, `team/${name}`)?.metadata.uid;
const seen = () => virtual.store.list<KubeEvent>(resources.events);
const reasons = () => seen().map(({ reason }) => reason);
const shows = async (reason: string) => await eventually(() => expect(reasons()).toContain(reason));
const writes = (server: FakeApiServer, plural: string) =>
  server.requests.filter((one) => one.method !== 'GET' && one.plural === plural).map(({ method }) => method);
const created = async (name = hostPodName) => await eventually(() => expect(uidOnHost(name)).toBeDefined());

beforeEach(async () => {
  virtual = await startFakeApiServer();
  host = await startFakeApiServer();
  virtual.store.put(resources.services, apiServer);
  virtual.store.put(resources.pods, pod('web'));
  await startEngine();
  await created();
});
afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

describe('events of the host', () => {
  it('about a host pod stand on the virtual pod', async () => {
    putHostEvent('Pulled');
    await shows('Pulled');
    const uid = virtual.store.get<Pod>(resources.pods, 'shop/web')?.metadata.uid;
    expect(seen()).toEqual([
      expect.objectContaining({
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid },
        message: 'Pulled of shop/web',
        count: 1,
      }),
    ]);
  });

  it('about others do not cross: foreign pods, a predecessor of the same name, another virtual cluster', async () => {
    const other = createTranslator({ id: 'b', hostNamespace: 'team' });
    const theirs = other.hostObject(resources.pods, pod('web'));
    host.store.put<Pod>(resources.pods, { ...pod('foreign'), metadata: { name: 'foreign', namespace: 'team' } });
    host.store.put<Pod>(resources.pods, { ...pod('web'), metadata: theirs.metadata });
    putHostEvent('Foreign', { name: 'foreign' });
    putHostEvent('Theirs', { name: theirs.metadata.name });
    putHostEvent('Before', { uid: 'another-uid' });
    putHostEvent('Ours');
    await shows('Ours');
    expect(reasons()).toEqual(['Ours']);
  });

  it('that happen again are written once for each time that is seen', async () => {
    const event = putHostEvent('BackOff');
    await shows('BackOff');
    virtual.requests.length = 0;
    host.store.put<KubeEvent>(resources.events, { ...event, count: 2 });
    await eventually(() => expect(seen().map(({ count }) => count)).toEqual([2]));
    putHostEvent('Later');
    await shows('Later');
    expect(writes(virtual, 'events')).toEqual(['PATCH', 'POST']);
  });

  it('are written neither again nor twice by a restart', async () => {
    const event = putHostEvent('Pulled');
    await shows('Pulled');
    await running.stop();
    virtual.requests.length = 0;
    await startEngine();
    host.store.put<KubeEvent>(resources.events, {
      ...event,
      metadata: { ...event.metadata, uid: undefined, name: `${hostPodName}.later` },
      reason: 'Later',
    });
    await shows('Later');
    expect(writes(virtual, 'events')).toEqual(['POST']);
    expect(new Set(reasons())).toEqual(new Set(['Later', 'Pulled']));
    expect(seen()).toHaveLength(2);
  });

  it('that happened while k3v was away are shown, unless every API server would have forgotten them', async () => {
    await running.stop();
    putHostEvent('Recent', { lastTimestamp: minutesAgo(30) });
    putHostEvent('Old', { lastTimestamp: minutesAgo(90) });
    await startEngine();
    await shows('Recent');
    putHostEvent('Later');
    await shows('Later');
    expect(reasons()).not.toContain('Old');
  });

  it('that come before their pod are shown when it comes', async () => {
    const name = translator.hostName('Pod', 'shop', 'early');
    putHostEvent('Early', { name, uid: 'early-uid' });
    putHostEvent('Ours');
    await shows('Ours');
    const virtualPod = { ...pod('early'), metadata: { ...pod('early').metadata, uid: 'virtual-early' } };
    const { metadata } = translator.hostObject(resources.pods, virtualPod);
    host.store.put<Pod>(resources.pods, { ...pod('early'), metadata: { ...metadata, uid: 'early-uid' } });
    await shows('Early');
    expect(seen().find(({ reason }) => reason === 'Early')?.involvedObject.uid).toBe('virtual-early');
  });

  it('that come after their pod has gone are shown', async () => {
    const uid = uidOnHost(hostPodName);
    const before = virtual.store.get<Pod>(resources.pods, 'shop/web')?.metadata.uid;
    virtual.store.delete(resources.pods, 'shop/web');
    await eventually(() => expect(uidOnHost(hostPodName)).toBeUndefined());
    await eventually(() => expect(running.engine.status().find(({ plural }) => plural === 'pods')?.host).toBe(0));
    const settings = translator.hostName('ConfigMap', 'shop', 'settings');
    putHostEvent('Killing', { uid, message: `stopped team/${hostPodName}: configmap "${settings}" not found` });
    await shows('Killing');
    expect(seen()[0]?.involvedObject).toMatchObject({ name: 'web', uid: before });
    expect(seen()[0]?.message).toBe('stopped shop/web: configmap "settings" not found');
  });

  it('that a tenant deletes stay away until they happen again', async () => {
    const event = putHostEvent('BackOff');
    await shows('BackOff');
    virtual.store.delete(resources.events, `shop/${seen()[0]?.metadata.name}`);
    const hostPod = host.store.get<Pod>(resources.pods, `team/${hostPodName}`);
    host.store.put<Pod>(resources.pods, {
      ...pod('web'),
      ...hostPod,
      status: { phase: 'Pending', hostIP: '10.0.0.7' },
    });
    await eventually(() => expect(virtual.store.get<Pod>(resources.pods, 'shop/web')?.status?.hostIP).toBe('10.0.0.7'));
    putHostEvent('Later');
    await shows('Later');
    expect(reasons()).not.toContain('BackOff');
    host.store.put<KubeEvent>(resources.events, { ...event, count: 5 });
    await shows('BackOff');
    expect(seen().find(({ reason }) => reason === 'BackOff')?.count).toBe(5);
  });

  it('that the API server has forgotten meanwhile are made anew', async () => {
    const event = putHostEvent('BackOff');
    await shows('BackOff');
    virtual.faults.add({ verb: 'patch', plural: 'events' }, { kind: 'status', code: 404, reason: 'NotFound' });
    virtual.faults.add({ verb: 'create', plural: 'events' }, { kind: 'cut' });
    host.store.put<KubeEvent>(resources.events, { ...event, count: 2 });
    await eventually(() => expect(seen().map(({ count }) => count)).toEqual([2]));
  });

  it('go on counting in an event that k3v no longer finds by its label', async () => {
    const event = putHostEvent('BackOff');
    await shows('BackOff');
    const [shown] = seen();
    if (!shown) throw new Error('no event');
    virtual.store.put<KubeEvent>(resources.events, { ...shown, metadata: { ...shown.metadata, labels: {} } });
    await eventually(() => expect(running.engine.status().find(({ plural }) => plural === 'events')?.virtual).toBe(0));
    host.store.put<KubeEvent>(resources.events, { ...event, count: 2 });
    await eventually(() => expect(seen().map(({ count }) => count)).toEqual([2]));
  });

  it('that the virtual API server refuses are given up', async () => {
    virtual.faults.add({ verb: 'create', plural: 'events' }, { kind: 'status', code: 403, reason: 'Forbidden' });
    putHostEvent('Killing');
    await eventually(() => expect(virtual.faults.left).toBe(0));
    putHostEvent('Later');
    await shows('Later');
    const events = running.engine.status().find(({ plural }) => plural === 'events');
    expect(events).toMatchObject({ failing: {}, waiting: 0 });
    expect(reasons()).toEqual(['Later']);
  });

  it('cost nothing where k3v may not read them, and all else goes on', async () => {
    await running.stop();
    host.requests.length = 0;
    await startEngine(({ plural }) => plural !== 'events');
    virtual.store.put(resources.pods, pod('second'));
    await created(translator.hostName('Pod', 'shop', 'second'));
    expect(host.requests.filter(({ plural }) => plural === 'events')).toEqual([]);
    expect(running.engine.status().map(({ plural }) => plural)).not.toContain('events');
  });
});
