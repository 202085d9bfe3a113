import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConfigMap,
  type Endpoints,
  type Node,
  type Pod,
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
const store = createMemoryStore();
const hostPodKey = `team/${translator.hostName('Pod', 'shop', 'web')}`;
const hostTokensKey = `team/${translator.hostName('ServiceAccountToken', 'shop', 'web')}`;
const hostConfigKey = `team/${translator.hostName('ConfigMap', 'shop', 'settings')}`;
let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;

const startEngine = async () => await startEngineBetween({ virtual, host, translator, store });

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
};
const settings: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop' },
  data: { a: '1' },
};
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    containers: [{ name: 'main', image: 'nginx' }],
    serviceAccountName: 'default',
    volumes: [
      { name: 'v', configMap: { name: 'settings' } },
      { name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
  },
  status: { phase: 'Pending', qosClass: 'BestEffort' },
};

/** Plays the host's scheduler and kubelet. */
function runOnHost(key: string): void {
  const found = host.store.get<Pod>(resources.pods, key);
  if (!found?.spec) throw new Error(`no host pod ${key}`);
  host.store.put<Pod>(resources.pods, {
    ...found,
    spec: { ...found.spec, nodeName: 'node1' },
    status: { phase: 'Running', podIP: '10.1.0.7', conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

const writes = (server: FakeApiServer) =>
  server.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, plural, name }) => `${method} ${plural} ${name}`);

async function runningPod(): Promise<void> {
  virtual.store.put(resources.configMaps, settings);
  virtual.store.put(resources.pods, pod);
  await eventually(() => {
    if (!host.store.get(resources.configMaps, hostConfigKey)) throw new Error('no host ConfigMap');
    runOnHost(hostPodKey);
  });
  await eventually(() => {
    const phase = virtual.store.get<Pod>(resources.pods, 'shop/web')?.status?.phase;
    if (phase !== 'Running') throw new Error(`the virtual pod is ${phase}`);
    const tokens = host.store.get(resources.secrets, hostTokensKey)?.metadata;
    if (!tokens?.ownerReferences?.length) throw new Error('the tokens do not belong to the host pod yet');
    if (tokens.annotations?.['k3v.io/node'] !== 'node1') throw new Error('the tokens do not name the node yet');
  });
}

beforeEach(async () => {
  virtual = await startFakeApiServer();
  host = await startFakeApiServer();
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' }, spec: {}, status: {} };
  host.store.put(resources.nodes, node);
  virtual.store.put(resources.services, service);
  virtual.store.put(resources.serviceAccounts, { metadata: { name: 'default', namespace: 'shop' } });
  running = await startEngine();
  await eventually(() => {
    const settled = virtual.store.get(resources.nodes, 'node1') && host.store.list(resources.endpoints).length === 1;
    if (!settled) throw new Error('the engine has not settled');
  });
});

afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

describe('the sync engine', () => {
  it('runs a pod on the host and binds it to the node that the host chose', async () => {
    await runningPod();
    const seen = virtual.store.get<Pod>(resources.pods, 'shop/web');
    expect(seen?.spec?.nodeName).toBe('node1');
    expect(seen?.status?.podIP).toBe('10.1.0.7');
    expect(seen?.status?.qosClass).toBe('BestEffort');
  });

  it('writes a pod once to the host when it begins and once when it ends', async () => {
    host.requests.length = 0;
    await runningPod();
    const name = hostPodKey.split('/')[1];
    expect(writes(host).filter((write) => write.includes(' pods '))).toEqual(['POST pods undefined']);
    const live = virtual.store.get<Pod>(resources.pods, 'shop/web');
    if (!live) throw new Error('no pod');
    const going = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    virtual.store.put<Pod>(resources.pods, { ...live, metadata: { ...live.metadata, ...going } });
    await eventually(() =>
      expect(host.store.get<Pod>(resources.pods, hostPodKey)?.metadata.deletionGracePeriodSeconds).toBe(30),
    );
    host.store.delete(resources.pods, hostPodKey);
    await eventually(() => expect(virtual.store.get(resources.pods, 'shop/web')).toBeUndefined());
    await eventually(() => expect(host.store.get(resources.configMaps, hostConfigKey)).toBeUndefined());
    expect(writes(host).filter((write) => write.includes(' pods '))).toEqual([
      'POST pods undefined',
      `DELETE pods ${name}`,
    ]);
  });

  it('writes nothing to either side when it restarts and nothing has changed', async () => {
    await runningPod();
    await running.stop();
    virtual.requests.length = 0;
    host.requests.length = 0;
    running = await startEngine();
    await eventually(() => expect(running.engine.status().every(({ waiting }) => waiting === 0)).toBe(true));
    // A change that goes all the way through shows that everything queued before it has been looked at.
    virtual.store.put(resources.configMaps, { ...settings, data: { a: '2' } });
    await eventually(() =>
      expect(host.store.get<ConfigMap>(resources.configMaps, hostConfigKey)?.data).toEqual({ a: '2' }),
    );
    expect(writes(virtual)).toEqual([]);
    expect(writes(host)).toEqual([`PATCH configmaps ${hostConfigKey.split('/')[1]}`]);
  });

  it('deletes on the host what was deleted while it was away', async () => {
    await runningPod();
    await running.stop();
    virtual.store.delete(resources.pods, 'shop/web');
    running = await startEngine();
    await eventually(() => expect(host.store.get(resources.pods, hostPodKey)).toBeUndefined());
  });

  it('shows how a pod ended though its host pod goes in the same moment', async () => {
    await runningPod();
    const [live, onHost] = [
      virtual.store.get<Pod>(resources.pods, 'shop/web'),
      host.store.get<Pod>(resources.pods, hostPodKey),
    ];
    if (!live || !onHost) throw new Error('no pod');
    // As pods of a Job have one: the controller looks at the end of each.
    virtual.store.put<Pod>(resources.pods, {
      ...live,
      metadata: { ...live.metadata, finalizers: ['example.com/keep'] },
    });
    virtual.faults.add({ verb: 'patch', plural: 'pods' }, { kind: 'status', code: 503 });
    host.store.put<Pod>(resources.pods, { ...onHost, status: { ...onHost.status, phase: 'Succeeded' } });
    host.store.delete(resources.pods, hostPodKey);
    await eventually(() => {
      const after = virtual.store.get<Pod>(resources.pods, 'shop/web');
      expect(after?.metadata.deletionTimestamp).toBeDefined();
      expect(after?.status?.phase).toBe('Succeeded');
    });
  });

  it('frees the name of a pod that is deleted by force, though its host pod is held by a dead node', async () => {
    await runningPod();
    const before = host.store.get<Pod>(resources.pods, hostPodKey);
    if (!before) throw new Error('no host pod');
    const stuck = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    host.store.put<Pod>(resources.pods, { ...before, metadata: { ...before.metadata, ...stuck } });
    virtual.store.delete(resources.pods, 'shop/web');
    virtual.store.put(resources.pods, pod);
    await eventually(() => {
      const after = host.store.get<Pod>(resources.pods, hostPodKey);
      expect(after?.metadata.uid).not.toBe(before.metadata.uid);
      expect(after?.metadata.deletionTimestamp).toBeUndefined();
      expect(after).toBeDefined();
    });
  });

  it('deletes the host objects of a Service once each, though both the Service and its Endpoints go', async () => {
    const metadata = { name: 'outside', namespace: 'shop' };
    const spec = { clusterIP: '10.0.0.9', type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] };
    virtual.store.put<Service>(resources.services, { apiVersion: 'v1', kind: 'Service', metadata, spec });
    virtual.store.put<Endpoints>(resources.endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80, protocol: 'TCP' }] }],
    });
    const name = translator.hostName('Service', 'shop', 'outside');
    await eventually(() =>
      expect(host.store.get<Endpoints>(resources.endpoints, `team/${name}`)?.subsets).toHaveLength(1),
    );
    host.requests.length = 0;
    virtual.store.delete(resources.services, 'shop/outside');
    virtual.store.delete(resources.endpoints, 'shop/outside');
    await eventually(() => {
      expect(host.store.get(resources.services, `team/${name}`)).toBeUndefined();
      expect(host.store.get(resources.endpoints, `team/${name}`)).toBeUndefined();
    });
    // A change that goes all the way through shows that everything queued before it has been looked at.
    virtual.store.put(resources.configMaps, settings);
    virtual.store.put(resources.pods, pod);
    await eventually(() => expect(host.store.get(resources.pods, hostPodKey)).toBeDefined());
    expect(
      writes(host)
        .filter((write) => write.startsWith('DELETE'))
        .toSorted(),
    ).toEqual([`DELETE endpoints ${name}`, `DELETE services ${name}`]);
  });

  it('ends the virtual pod whose host pod vanished', async () => {
    await runningPod();
    host.store.delete(resources.pods, hostPodKey);
    await eventually(() => expect(virtual.store.get(resources.pods, 'shop/web')).toBeUndefined());
  });

  it('puts a field back that somebody changed on the host, and leaves foreign labels', async () => {
    await runningPod();
    const live = host.store.get<ConfigMap>(resources.configMaps, hostConfigKey);
    if (!live) throw new Error('no host ConfigMap');
    const labels = { ...live.metadata.labels, team: 'blue' };
    host.store.put<ConfigMap>(resources.configMaps, {
      ...live,
      data: { a: 'x' },
      metadata: { ...live.metadata, labels },
    });
    await eventually(() =>
      expect(host.store.get<ConfigMap>(resources.configMaps, hostConfigKey)?.data).toEqual({ a: '1' }),
    );
    expect(host.store.get(resources.configMaps, hostConfigKey)?.metadata.labels).toMatchObject({ team: 'blue' });
  });

  it('puts back what somebody changed on the host while it put another field back, whose it is included', async () => {
    await runningPod();
    const edit = (change: (live: ConfigMap) => Partial<ConfigMap>) => {
      const live = host.store.get<ConfigMap>(resources.configMaps, hostConfigKey);
      if (!live) throw new Error('no host ConfigMap');
      host.store.put<ConfigMap>(resources.configMaps, { ...live, ...change(live) });
    };
    host.faults.add({ verb: 'patch', plural: 'configmaps' }, { kind: 'slow', ms: 300 });
    const patches = host.count('patch', 'configmaps');
    edit(() => ({ data: { a: 'x' } }));
    await eventually(() => expect(host.count('patch', 'configmaps')).toBe(patches + 1));
    edit(({ metadata }) => ({ metadata: { ...metadata, annotations: {} } }));
    await eventually(() => {
      const { data, metadata } = host.store.get<ConfigMap>(resources.configMaps, hostConfigKey) ?? {};
      expect(data).toEqual({ a: '1' });
      expect(metadata?.annotations).toMatchObject({ 'k3v.io/owner-name': 'settings' });
    });
  });

  it('ends a pod whose host pod has lost its labels together with that, and not before', async () => {
    await runningPod();
    await running.stop();
    const onHost = host.store.get<Pod>(resources.pods, hostPodKey);
    const live = virtual.store.get<Pod>(resources.pods, 'shop/web');
    if (!onHost || !live) throw new Error('no pod');
    host.store.put<Pod>(resources.pods, { ...onHost, metadata: { ...onHost.metadata, labels: {} } });
    const going = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    virtual.store.put<Pod>(resources.pods, { ...live, metadata: { ...live.metadata, ...going } });
    running = await startEngine();
    await eventually(() =>
      expect(host.store.get<Pod>(resources.pods, hostPodKey)?.metadata.deletionGracePeriodSeconds).toBe(30),
    );
    expect(virtual.store.get(resources.pods, 'shop/web')).toBeDefined();
    // Of this no watch for the labels tells.
    host.store.delete(resources.pods, hostPodKey);
    await eventually(() => expect(virtual.store.get(resources.pods, 'shop/web')).toBeUndefined());
  });

  it('hears of the end of host objects that say no more whose they are: a pod ends with it, a ConfigMap is made anew', async () => {
    await runningPod();
    const ending = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    const endUnmarked = async (resource: Resource, key: string) => {
      const onHost = host.store.get(resource, key);
      if (!onHost) throw new Error(`no ${key}`);
      host.store.put(resource, { ...onHost, metadata: { ...onHost.metadata, ...ending, annotations: {} } });
      await eventually(() => {
        expect(running.engine.context.host.lister(resource).get(key)?.metadata.annotations).toEqual({});
        expect(running.engine.status().every(({ waiting }) => waiting === 0)).toBe(true);
      });
      host.store.delete(resource, key);
    };
    await endUnmarked(resources.configMaps, hostConfigKey);
    await eventually(() => expect(host.store.get(resources.configMaps, hostConfigKey)).toBeDefined());
    const live = virtual.store.get<Pod>(resources.pods, 'shop/web');
    if (!live) throw new Error('no pod');
    virtual.store.put<Pod>(resources.pods, { ...live, metadata: { ...live.metadata, ...ending } });
    await eventually(() =>
      expect(host.store.get<Pod>(resources.pods, hostPodKey)?.metadata.deletionTimestamp).toBeDefined(),
    );
    await endUnmarked(resources.pods, hostPodKey);
    await eventually(() => expect(virtual.store.get(resources.pods, 'shop/web')).toBeUndefined());
  });

  it('deletes a host object that says no more whose it is if its owner goes before that could be put back', async () => {
    await runningPod();
    host.faults.add({ verb: 'patch', plural: 'configmaps' }, { kind: 'status', code: 503 }, 1_000);
    const onHost = host.store.get<ConfigMap>(resources.configMaps, hostConfigKey);
    if (!onHost) throw new Error('no ConfigMap');
    host.store.put<ConfigMap>(resources.configMaps, {
      ...onHost,
      metadata: { ...onHost.metadata, annotations: {} },
    });
    await eventually(() => expect(host.faults.left).toBeLessThan(1_000));
    virtual.store.delete(resources.pods, 'shop/web');
    virtual.store.delete(resources.configMaps, 'shop/settings');
    await eventually(() => expect(host.store.get(resources.configMaps, hostConfigKey)).toBeUndefined());
  });

  it('deletes a host object that has lost its labels if its owner goes before they could be put back', async () => {
    await runningPod();
    const keys = [
      [resources.configMaps, hostConfigKey],
      [resources.pods, hostPodKey],
    ] as const;
    const unlabelled = keys.map(([resource, key]) => {
      const found = host.store.get(resource, key);
      if (!found) throw new Error(`no ${key}`);
      return { resource, object: { ...found, metadata: { ...found.metadata, labels: {} } } };
    });
    // Its owners go first, as far as k3v is told, before it has looked.
    host.faults.add({ verb: 'delete' }, { kind: 'status', code: 503 }, 1_000);
    virtual.store.delete(resources.pods, 'shop/web');
    virtual.store.delete(resources.configMaps, 'shop/settings');
    await eventually(() => expect(host.faults.left).toBeLessThan(1_000));
    for (const { resource, object } of unlabelled) host.store.put(resource, object);
    await eventually(() =>
      expect(keys.map(([resource, key]) => running.engine.context.host.lister(resource).get(key))).toEqual([
        undefined,
        undefined,
      ]),
    );
    host.faults.clear();
    await eventually(() =>
      expect(keys.map(([resource, key]) => host.store.get(resource, key))).toEqual([undefined, undefined]),
    );
  });

  it('never touches a host object of the same name that is not its own, and tells the tenant', async () => {
    const [namespace = '', name = ''] = hostPodKey.split('/');
    host.store.put<Pod>(resources.pods, { ...pod, metadata: { name, namespace } });
    virtual.store.put(resources.pods, pod);
    await eventually(() =>
      expect(virtual.store.list(resources.events)).toContainEqual(expect.objectContaining({ reason: 'HostNameTaken' })),
    );
    expect(host.store.get(resources.pods, hostPodKey)?.metadata.labels).toBeUndefined();
  });

  it('says nothing to the tenant about a status that came too late for the predecessor of a pod', async () => {
    const message = 'Pod "web" is invalid: metadata.uid: Invalid value: "u0": field is immutable';
    virtual.faults.add({ verb: 'patch', plural: 'pods' }, { kind: 'status', code: 422, reason: 'Invalid', message });
    await runningPod();
    expect(virtual.faults.left).toBe(0);
    expect(virtual.store.list(resources.events)).toEqual([]);
  });

  it('replaces the host object of a predecessor that had the same name', async () => {
    await runningPod();
    const before = host.store.get(resources.configMaps, hostConfigKey)?.metadata.uid;
    await running.stop();
    virtual.store.delete(resources.configMaps, 'shop/settings');
    virtual.store.put(resources.configMaps, settings);
    running = await startEngine();
    await eventually(() => {
      const now = host.store.get(resources.configMaps, hostConfigKey)?.metadata.uid;
      expect(now).toBeDefined();
      expect(now).not.toBe(before);
    });
  });
});
