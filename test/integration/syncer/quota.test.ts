import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type KubeEvent,
  type LimitRange,
  type Namespace,
  type PersistentVolumeClaim,
  type Pod,
  type ResourceQuota,
  type Service,
  resources,
} from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { containerDefaults } from '../../../src/quota/container-defaults.ts';
import { parseQuota } from '../../../src/quota/parse-quota.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createServiceAdmission } from '../../../src/syncer/service-admission.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';
import { clientOf } from '../../support/running-informer.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const store = createMemoryStore();
let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;

async function start(...items: string[]): Promise<void> {
  const quota = parseQuota(items);
  if ('wrong' in quota) throw new Error(quota.wrong);
  const defaults = containerDefaults(quota, { requests: new Map(), limits: new Map() });
  const limited = items.length > 0 ? { quota, containerDefaults: defaults } : {};
  running = await startEngineBetween({ virtual, host, translator, store, ...limited });
}

beforeEach(async () => {
  virtual = await startFakeApiServer();
  host = await startFakeApiServer();
  virtual.store.put<Service>(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ port: 443, protocol: 'TCP' }] },
  });
});

afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

const pod = (namespace: string, name: string, cpu?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: { containers: [{ name: 'main', image: 'app', ...(cpu ? { resources: { requests: { cpu } } } : {}) }] },
  status: { phase: 'Pending' },
});
const put = (...pods: Pod[]) => pods.forEach((each) => virtual.store.put(resources.pods, each));
const hostKey = (kind: string, key: string) => {
  const [namespace = '', name = ''] = key.split('/');
  return `team/${translator.hostName(kind, namespace, name)}`;
};
const hostPods = () =>
  host.store
    .list<Pod>(resources.pods)
    .map((each) => translator.ownerOf(each, 'Pod'))
    .map((owner) => `${owner?.namespace}/${owner?.name}`)
    .sort();
const told = () =>
  virtual.store
    .list<KubeEvent>(resources.events)
    .filter(({ reason }) => reason === 'QuotaExceeded')
    .map(({ involvedObject: { kind, namespace, name }, message }) => `${kind} ${namespace}/${name}: ${message}`);
const many = (count: number, namespace: string) =>
  Array.from({ length: count }, (_, number) => pod(namespace, `p${number}`));

describe('what there is no room for is not made on the host', () => {
  it('a pod waits, is told why, and is made once another has gone', async () => {
    await start('cpu=2', 'pods=10');
    put(pod('shop', 'a', '1'), pod('bank', 'b', '700m'));
    await eventually(() => expect(hostPods()).toEqual(['bank/b', 'shop/a']));
    put(pod('shop', 'c', '400m'));
    await eventually(() => expect(told()).toHaveLength(1));
    expect(told()).toEqual([
      'Pod shop/c: exceeded quota of the virtual cluster, requested: cpu=400m, used: cpu=1700m, limited: cpu=2',
    ]);
    expect(hostPods()).toEqual(['bank/b', 'shop/a']);
    virtual.store.delete(resources.pods, 'bank/b');
    await eventually(() => expect(hostPods()).toEqual(['shop/a', 'shop/c']));
  });

  it('a pod that has come to its end makes room', async () => {
    await start('pods=1');
    put(pod('shop', 'a'));
    await eventually(() => expect(hostPods()).toEqual(['shop/a']));
    put(pod('shop', 'b'));
    await eventually(() => expect(told()).toHaveLength(1));
    const ended = host.store.get<Pod>(resources.pods, hostKey('Pod', 'shop/a'));
    if (!ended) throw new Error('no host pod');
    host.store.put<Pod>(resources.pods, { ...ended, status: { phase: 'Succeeded' } });
    await eventually(() => expect(hostPods()).toEqual(['shop/a', 'shop/b']));
  });

  it('however many come at once, in however many namespaces, and whatever the host answers', async () => {
    await start('pods=7');
    const lost = { kind: 'status', code: 500, message: 'etcdserver: request timed out' } as const;
    host.faults.add({ verb: 'create', plural: 'pods' }, lost, 3);
    host.faults.add({ verb: 'create', plural: 'pods' }, { kind: 'cut' }, 2);
    put(...many(40, 'shop'), ...many(40, 'bank'));
    let most = 0;
    const unsubscribe = host.store.subscribe(() => (most = Math.max(most, hostPods().length)));
    await eventually(() => expect(hostPods()).toHaveLength(7));
    // Each that goes is followed by one that waits.
    for (const key of hostPods().slice(0, 3)) {
      virtual.store.delete(resources.pods, key);
      await eventually(() => {
        expect(hostPods()).not.toContain(key);
        expect(hostPods()).toHaveLength(7);
      });
    }
    unsubscribe();
    expect(most).toBe(7);
  });

  it('those whose owners have gone meanwhile do not keep others waiting', async () => {
    await start('pods=1');
    put(pod('shop', 'a'));
    await eventually(() => expect(hostPods()).toEqual(['shop/a']));
    put(...many(20, 'shop'));
    await eventually(() => expect(told()).toHaveLength(20));
    for (let number = 0; number < 19; number++) virtual.store.delete(resources.pods, `shop/p${number}`);
    await eventually(() => expect(running.engine.status().find(({ kind }) => kind === 'Pod')?.virtual).toBe(2));
    virtual.store.delete(resources.pods, 'shop/a');
    await eventually(() => expect(hostPods()).toEqual(['shop/p19']));
  });

  it('after a restart what is there counts, and stays where it is too much', async () => {
    await start('pods=3');
    put(...many(3, 'shop'));
    await eventually(() => expect(hostPods()).toHaveLength(3));
    await running.stop();
    await start('pods=2');
    put(pod('bank', 'late'));
    await eventually(() => expect(told()).toHaveLength(1));
    expect(hostPods()).toHaveLength(3);
    virtual.store.delete(resources.pods, 'shop/p0');
    await eventually(() => expect(hostPods()).toHaveLength(2));
    virtual.store.delete(resources.pods, 'shop/p1');
    await eventually(() => expect(hostPods()).toEqual(['bank/late', 'shop/p2']));
  });

  it('a pod that slipped by the LimitRange gets its requests on the host', async () => {
    await start('cpu=150m', 'limits.memory=1Gi');
    put(pod('shop', 'a'), pod('shop', 'b'));
    await eventually(() => expect(told()).toHaveLength(1));
    const [made] = host.store.list<Pod>(resources.pods);
    expect(made?.spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    });
  });

  it('a claim, and what it is to grow by, while its status goes on to be told', async () => {
    await start('requests.storage=3Gi', 'persistentvolumeclaims=2');
    const claim = (name: string, storage: string): PersistentVolumeClaim => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
      status: { phase: 'Pending' },
    });
    const hostClaim = (name: string) =>
      host.store.get<PersistentVolumeClaim>(
        resources.persistentVolumeClaims,
        hostKey('PersistentVolumeClaim', `shop/${name}`),
      );
    virtual.store.put(resources.persistentVolumeClaims, claim('a', '1Gi'));
    virtual.store.put(resources.persistentVolumeClaims, claim('b', '1Gi'));
    await eventually(() => expect([hostClaim('a'), hostClaim('b')]).not.toContain(undefined));
    const live = virtual.store.get<PersistentVolumeClaim>(resources.persistentVolumeClaims, 'shop/a');
    if (!live) throw new Error('no claim');
    virtual.store.put(resources.persistentVolumeClaims, { ...live, spec: claim('a', '3Gi').spec });
    await eventually(() => expect(told()).toHaveLength(1));
    expect(told()[0]).toContain(
      'requested: requests.storage=2Gi, used: requests.storage=2Gi, limited: requests.storage=3Gi',
    );
    const onHost = hostClaim('a');
    if (!onHost) throw new Error('no host claim');
    host.store.put<PersistentVolumeClaim>(resources.persistentVolumeClaims, { ...onHost, status: { phase: 'Bound' } });
    await eventually(() =>
      expect(virtual.store.get<PersistentVolumeClaim>(resources.persistentVolumeClaims, 'shop/a')?.status?.phase).toBe(
        'Bound',
      ),
    );
    expect(hostClaim('a')?.spec?.resources?.requests).toEqual({ storage: '1Gi' });
    virtual.store.delete(resources.persistentVolumeClaims, 'shop/b');
    await eventually(() => expect(hostClaim('a')?.spec?.resources?.requests).toEqual({ storage: '3Gi' }));
  });

  it('a Service is refused when it is asked for, and so is what it is to become', async () => {
    await start('services=2', 'services.loadbalancers=0');
    const clients = { host: clientOf(host.url), virtual: clientOf(virtual.url) };
    const guarded = running.engine.withinQuota(clients.host);
    const review = createServiceAdmission({ host: guarded, virtual: clients.virtual, translator, log: silentLog });
    const ask = async (operation: string, name: string, type: 'ClusterIP' | 'LoadBalancer', dryRun = false) => {
      const spec = { type, ports: [{ port: 80 }] };
      const object: Service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec };
      const oldObject = operation === 'UPDATE' ? { ...object, spec: { ...spec, type: 'ClusterIP' } } : null;
      const answer = await review({ request: { uid: 'r', operation, namespace: 'shop', object, oldObject, dryRun } });
      const { allowed, status } = Reflect.get(Object(answer), 'response');
      return allowed ? 'allowed' : status;
    };
    const refusal = (names: string) => ({ code: 403, message: `exceeded quota of the virtual cluster, ${names}` });
    // The API server's own is there already.
    await eventually(() => expect(host.store.list(resources.services)).toHaveLength(1));
    expect(await ask('CREATE', 'web', 'ClusterIP', true)).toBe('allowed');
    expect(await ask('CREATE', 'web', 'ClusterIP')).toBe('allowed');
    expect(await ask('CREATE', 'more', 'ClusterIP')).toEqual(
      refusal('requested: services=1, used: services=2, limited: services=2'),
    );
    expect(await ask('UPDATE', 'web', 'LoadBalancer')).toEqual(
      refusal('requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0'),
    );
    expect(host.store.list(resources.services)).toHaveLength(2);
    await running.stop();
    // Who does not lead does not know what others are making.
    expect(await ask('CREATE', 'more', 'ClusterIP')).toBe('allowed');
    expect(host.store.list(resources.services)).toHaveLength(2);
    for (const client of Object.values(clients)) client.close();
  });
});

it('a term that ends while it begins leaves an engine that knows that it does not lead', async () => {
  const quota = new Map([['services', 5]]);
  running = await startEngineBetween({ virtual, host, translator, store, quota, leadsInTurn: true });
  const { engine } = running;
  const [ending, lost] = [new AbortController(), new AbortController().signal];
  host.faults.add({ verb: 'list', plural: 'pods' }, { kind: 'slow', ms: 200 });
  const led = engine.lead({ ending: ending.signal, lost, continues: false, mayWrite: () => true });
  await eventually(() => expect(host.faults.left).toBe(0));
  ending.abort();
  await led;
  // The fresh lists, which nobody waits for any more, come after all.
  await eventually(() => expect(host.count('watch', 'pods')).toBe(2));
  const client = clientOf(host.url);
  const service = translator.hostObject(resources.services, { metadata: { name: 'web', namespace: 'shop' } });
  const made = engine.withinQuota(client).create(resources.services, service);
  await expect(made).rejects.toMatchObject({ name: 'NotYet' });
  client.close();
});

describe('what the tenant sees of the quota', () => {
  const namespace = (name: string) =>
    virtual.store.put<Namespace>(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const quotaOf = (name: string) => virtual.store.get<ResourceQuota>(resources.resourceQuotas, `${name}/k3v`);
  const hard = (name: string) => quotaOf(name)?.spec?.hard;
  /** Plays the controller of quotas. */
  function use(name: string, used: Record<string, string>): void {
    const quota = quotaOf(name);
    if (!quota) throw new Error(`no quota in ${name}`);
    virtual.store.put<ResourceQuota>(resources.resourceQuotas, {
      ...quota,
      status: { hard: quota.spec?.hard ?? {}, used },
    });
  }

  it('is a ResourceQuota in each namespace, with what the others leave, and a LimitRange', async () => {
    namespace('shop');
    await start('cpu=4', 'pods=10');
    await eventually(() => expect(hard('shop')).toEqual({ cpu: '4', pods: '10' }));
    namespace('bank');
    await eventually(() => expect(hard('bank')).toEqual({ cpu: '4', pods: '10' }));
    use('bank', { cpu: '1500m', pods: '3' });
    await eventually(() => expect(hard('shop')).toEqual({ cpu: '2500m', pods: '7' }));
    expect(hard('bank')).toEqual({ cpu: '4', pods: '10' });
    expect(virtual.store.get<LimitRange>(resources.limitRanges, 'shop/k3v')?.spec).toEqual({
      limits: [{ type: 'Container', defaultRequest: { cpu: '100m' } }],
    });
  });

  it('is written once for many changes', async () => {
    ['shop', 'bank', 'zoo'].forEach(namespace);
    await start('pods=100');
    await eventually(() => expect(['shop', 'bank', 'zoo'].map(hard)).not.toContain(undefined));
    virtual.requests.length = 0;
    for (let pods = 1; pods <= 50; pods++) use('shop', { pods: String(pods) });
    await eventually(() => expect([hard('bank'), hard('zoo')]).toEqual([{ pods: '50' }, { pods: '50' }]));
    expect(virtual.count('patch', 'resourcequotas')).toBeLessThanOrEqual(4);
  });

  it('is put back when it is deleted, altered or given scopes, at once', async () => {
    namespace('shop');
    await start('pods=10');
    await eventually(() => expect(hard('shop')).toBeDefined());
    virtual.store.delete(resources.resourceQuotas, 'shop/k3v');
    virtual.store.delete(resources.limitRanges, 'shop/k3v');
    await eventually(() => expect(hard('shop')).toEqual({ pods: '10' }));
    const quota = quotaOf('shop');
    if (!quota) throw new Error('no quota');
    virtual.store.put<ResourceQuota>(resources.resourceQuotas, {
      ...quota,
      spec: { hard: { pods: '1000', cpu: '1' }, scopes: ['BestEffort'] },
    });
    await eventually(() => expect(quotaOf('shop')?.spec).toEqual({ hard: { pods: '10' } }));
  });

  it('goes with the option, and nothing of the tenant’s goes along', async () => {
    ['shop', 'bank'].forEach(namespace);
    const own: ResourceQuota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'k3v', namespace: 'bank' },
      spec: { hard: { pods: '3' } },
    };
    virtual.store.put(resources.resourceQuotas, own);
    await start('cpu=4');
    await eventually(() => expect(hard('shop')).toEqual({ cpu: '4' }));
    await running.stop();
    await start();
    await eventually(() => {
      expect(quotaOf('shop')).toBeUndefined();
      expect(virtual.store.list(resources.limitRanges)).toEqual([]);
    });
    expect(quotaOf('bank')).toMatchObject(own);
  });

  it('costs nothing at a restart with nothing changed', async () => {
    namespace('shop');
    await start('cpu=4', 'limits.memory=8Gi', 'pods=2000');
    await eventually(() => expect(hard('shop')).toEqual({ cpu: '4', 'limits.memory': '8Gi', pods: '2k' }));
    await eventually(() => expect(virtual.store.list(resources.limitRanges)).toHaveLength(1));
    await running.stop();
    virtual.requests.length = 0;
    await start('cpu=4', 'limits.memory=8Gi', 'pods=2000');
    put(pod('shop', 'last'));
    await eventually(() => expect(hostPods()).toEqual(['shop/last']));
    for (const plural of ['resourcequotas', 'limitranges']) {
      expect(virtual.count('create', plural) + virtual.count('patch', plural)).toBe(0);
    }
  });
});
