import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Term } from '../../../src/kube/lease-election.ts';
import { type ConfigMap, type Pod, type Service, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type FakeObjectStore, createFakeObjectStore } from '../../support/fake-object-store.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

/** One of two that share the clusters: an engine with API servers of its own, on the storage that all share. */
interface Replica extends RunningEngine {
  virtual: FakeApiServer;
  host: FakeApiServer;
  /** Begins a term. */
  lead(options?: { continues: boolean }): { end(): Promise<void>; lose(): Promise<void> };
  writes(): string[];
}

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const hostPodKey = (name: string) => `team/${translator.hostName('Pod', 'shop', name)}`;
let storage: { virtual: FakeObjectStore; host: FakeObjectStore };
let a: Replica;
let b: Replica;

async function replica(before?: (servers: { virtual: FakeApiServer; host: FakeApiServer }) => void): Promise<Replica> {
  const virtual = await startFakeApiServer({ store: storage.virtual });
  const host = await startFakeApiServer({ store: storage.host });
  before?.({ virtual, host });
  const running = await startEngineBetween({
    virtual,
    host,
    translator,
    store: createMemoryStore(),
    leadsInTurn: true,
  });
  return {
    ...running,
    virtual,
    host,
    lead({ continues } = { continues: false }) {
      const [ending, lost] = [new AbortController(), new AbortController()];
      const mayWrite = () => !lost.signal.aborted;
      const term: Term = { ending: ending.signal, lost: lost.signal, continues, mayWrite };
      const led = running.engine.lead(term);
      return {
        async end() {
          ending.abort();
          await led;
        },
        async lose() {
          lost.abort();
          ending.abort();
          await led;
        },
      };
    },
    writes: () =>
      [virtual, host].flatMap(({ requests }) =>
        requests
          .filter(({ method, plural }) => method !== 'GET' && plural !== 'events')
          .map(({ method, path }) => `${method} ${path}`),
      ),
    async stop() {
      await running.stop();
      await virtual.stop();
      await host.stop();
    },
  };
}

const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: {
    containers: [{ name: 'main', image: 'nginx' }],
    volumes: [{ name: 'v', configMap: { name: 'settings' } }],
  },
  status: { phase: 'Pending' },
});
const settings: ConfigMap = { metadata: { name: 'settings', namespace: 'shop' }, data: { a: '1' } };
const service = (namespace: string, name: string, clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { clusterIP, type: 'ClusterIP', selector: { app: name }, ports: [{ port: 443, protocol: 'TCP' }] },
});

/** Plays the host's scheduler and kubelet for one pod. */
async function runOnHost(name: string): Promise<void> {
  await eventually(() => {
    const found = storage.host.get<Pod>(resources.pods, hostPodKey(name));
    if (!found?.spec) throw new Error(`no host pod of ${name}`);
    const status: Pod['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    storage.host.put<Pod>(resources.pods, { ...found, spec: { ...found.spec, nodeName: 'node1' }, status });
  });
  await eventually(() => expect(virtualPod(name)?.status?.phase).toBe('Running'));
}

const virtualPod = (name: string) => storage.virtual.get<Pod>(resources.pods, `shop/${name}`);
const hostPod = (name: string) => storage.host.get<Pod>(resources.pods, hostPodKey(name));
const knows = (each: Replica, name: string) =>
  each.engine.context.virtual.lister<Pod>(resources.pods).get(`shop/${name}`);
const quiet = async (each: Replica) => {
  let before = -1;
  await eventually(
    () => {
      const count = each.writes().length;
      const isSame = count === before;
      before = count;
      if (!isSame || each.engine.status().some(({ waiting }) => waiting > 0)) throw new Error('still at work');
    },
    { everyMs: 300 },
  );
};

beforeEach(async () => {
  storage = { virtual: createFakeObjectStore(), host: createFakeObjectStore() };
  storage.host.put(resources.nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1' },
    spec: {},
    status: {},
  });
  storage.virtual.put(resources.services, service('default', 'kubernetes', '10.0.0.1'));
  storage.virtual.put(resources.configMaps, settings);
  storage.virtual.put(resources.pods, pod('web'));
  [a, b] = [await replica(), await replica()];
});
afterEach(async () => {
  await Promise.all([a.stop(), b.stop()]);
});

describe('engines that share the two clusters', () => {
  it('write nothing while none of them leads, whatever happens', async () => {
    storage.virtual.put(resources.pods, pod('more'));
    storage.virtual.delete(resources.configMaps, 'shop/settings');
    await eventually(() => expect([knows(a, 'more'), knows(b, 'more')]).not.toContain(undefined));
    expect([...a.writes(), ...b.writes()]).toEqual([]);
  });

  it('hand over without a write where nothing has changed', async () => {
    const first = a.lead();
    await runOnHost('web');
    await quiet(a);
    await first.end();
    const second = b.lead();
    await quiet(b);
    expect(b.writes()).toEqual([]);
    await second.end();
  });

  it('do once what came while another led, or none; and lead again after that', async () => {
    const first = a.lead();
    await runOnHost('web');
    await first.end();
    storage.virtual.put(resources.pods, pod('meanwhile'));
    storage.virtual.delete(resources.pods, 'shop/web');
    const second = b.lead();
    await runOnHost('meanwhile');
    await eventually(() => expect(hostPod('web')).toBeUndefined());
    await second.end();
    const count = a.writes().length;
    storage.virtual.put(resources.pods, pod('later'));
    await eventually(() => expect(knows(a, 'later')).toBeDefined());
    expect(a.writes()).toHaveLength(count);
    const third = a.lead();
    await runOnHost('later');
    await third.end();
    expect(storage.host.list(resources.pods)).toHaveLength(2);
    const made = [a, b].map((each) => each.host.count('create', 'pods'));
    expect(made).toEqual([2, 1]);
  });

  it('keep what was made under another leader, although their own watches have not told of it', async () => {
    await b.stop();
    b = await replica(({ virtual }) => virtual.faults.add({ verb: 'watch', plural: 'pods' }, { kind: 'stall' }));
    const first = a.lead();
    storage.virtual.put(resources.pods, pod('fresh'));
    await runOnHost('fresh');
    await eventually(() =>
      expect(b.engine.context.host.lister<Pod>(resources.pods).get(hostPodKey('fresh'))).toBeDefined(),
    );
    expect(knows(b, 'fresh')).toBeUndefined();
    const { uid } = hostPod('fresh')?.metadata ?? {};
    await first.end();
    const second = b.lead();
    await quiet(b);
    expect(hostPod('fresh')?.metadata.uid).toBe(uid);
    expect(virtualPod('fresh')?.status?.phase).toBe('Running');
    expect(b.host.count('delete', 'pods')).toBe(0);
    await second.end();
  });

  it('break off what is under way when the Lease is lost, and begin nothing more', async () => {
    a.host.faults.add({ verb: 'create', plural: 'pods' }, { kind: 'mute' });
    const first = a.lead();
    await eventually(() => expect(a.host.count('create', 'pods')).toBe(1));
    await first.lose();
    storage.virtual.put(resources.pods, pod('more'));
    await eventually(() => expect(knows(a, 'more')).toBeDefined());
    expect(a.host.count('create', 'pods')).toBe(1);
    const second = b.lead();
    await runOnHost('web');
    await runOnHost('more');
    await second.end();
  });

  it('finish the move of a Service in the middle of which a leader was lost', async () => {
    const found = () => storage.virtual.get<Service>(resources.services, 'shop/api');
    const { metadata } = translator.hostObject(resources.services, { metadata: { name: 'api', namespace: 'shop' } });
    storage.host.put(resources.services, { ...service('shop', 'api', '10.0.0.9'), metadata });
    const patch = { verb: 'patch', name: 'api' } as const;
    a.virtual.faults.add(patch, { kind: 'slow', ms: 0 });
    a.virtual.faults.add(patch, { kind: 'mute' }, 1000);
    const first = a.lead();
    const { uid } = storage.virtual.put(resources.services, service('shop', 'api', '10.0.0.2')).metadata;
    await eventually(() => expect(a.virtual.faults.left).toBe(999));
    expect(found()?.spec).toMatchObject({ type: 'ExternalName', selector: { app: 'api' } });
    await first.lose();
    const second = b.lead();
    await eventually(() => expect(found()?.spec).toEqual(service('shop', 'api', '10.0.0.9').spec));
    await quiet(b);
    expect(found()?.metadata).toMatchObject({ uid, annotations: {} });
    expect(storage.host.list<Service>(resources.services).map(({ spec }) => spec?.clusterIP)).toContain('10.0.0.9');
    await second.end();
  });

  it('lose no time with lists when nobody else has led since', async () => {
    const first = a.lead();
    await runOnHost('web');
    await first.lose();
    const lists = a.virtual.count('list');
    storage.virtual.put(resources.pods, pod('meanwhile'));
    const second = a.lead({ continues: true });
    await runOnHost('meanwhile');
    expect(a.virtual.count('list')).toBe(lists);
    await second.end();
  });

  it('end a term whose lists are never answered', async () => {
    a.virtual.faults.add({ verb: 'list' }, { kind: 'mute' }, 1000);
    const first = a.lead();
    await eventually(() => expect(a.virtual.count('list', 'pods')).toBe(2));
    await first.lose();
    expect(a.writes()).toEqual([]);
  });
});
