import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type KubeEvent,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Service,
  type StorageClass,
  resources,
} from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator, marks } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
type Spec = NonNullable<Service['spec']>;

/** The tenant's Service. */
const ofTenant = (spec: Spec, metadata: Partial<Service['metadata']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', ...metadata },
  spec,
});
/** Its host Service. */
const onHost = (spec: Spec): Service => ({ ...translator.hostObject(resources.services, ofTenant({})), spec });

describe('what two fake API servers show of Services and storage', () => {
  let virtual: FakeApiServer;
  let host: FakeApiServer;
  let running: RunningEngine | undefined;

  beforeEach(async () => {
    [virtual, host] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
  });

  afterEach(async () => {
    await running?.stop();
    await Promise.all([virtual.stop(), host.stop()]);
  });

  const start = async () =>
    (running = await startEngineBetween({ virtual, host, translator, store: createMemoryStore() }));
  const virtualSpec = () => virtual.store.get<Service>(resources.services, 'shop/web')?.spec;
  const hostSpec = () => host.store.list<Service>(resources.services)[0]?.spec;
  const refusal = (message: string) => ({ kind: 'status' as const, code: 422, reason: 'Invalid', message });

  it('a Service gets the address of the host as the very object that it was, and is never gone', async () => {
    const finalizers = ['x/wait'];
    virtual.store.put(
      resources.services,
      ofTenant({ clusterIP: '10.0.0.1', selector: { app: 'web' } }, { finalizers }),
    );
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.2', selector: { app: 'web' } }));
    await start();
    await eventually(() => expect(virtualSpec()?.clusterIP).toBe('10.0.0.2'));
    const path = '/api/v1/namespaces/shop/services/web';
    const moved = virtual.store.get<Service>(resources.services, 'shop/web');
    expect(moved?.spec).toMatchObject({ selector: { app: 'web' } });
    expect(moved?.metadata).toMatchObject({ uid: 'u1', finalizers, annotations: {} });
    const writes = virtual.requests.filter(({ method, plural }) => method !== 'GET' && plural === 'services');
    expect(writes.map(({ method, path }) => `${method} ${path}`).slice(0, 2)).toEqual(Array(2).fill(`PATCH ${path}`));
    expect(writes.filter(({ method }) => method !== 'PATCH')).toEqual([]);
    expect(host.count('delete', 'services')).toBe(0);
  });

  it('the API server’s own Service has the address that it had, be it deleted, or of a virtual cluster that begins anew', async () => {
    const own = (clusterIP: string, uid: string) =>
      ofTenant({ clusterIP, ports: [{ port: 443 }] }, { namespace: 'default', name: 'kubernetes', uid });
    const before = translator.hostObject(resources.services, own('10.0.9.9', 'before'));
    const kept = host.store.put(resources.services, {
      ...before,
      spec: { clusterIP: '10.0.9.9', ports: [{ port: 443 }] },
    });
    const expectAddress = async (uid: string) => {
      const found = () => virtual.store.get<Service>(resources.services, 'default/kubernetes');
      await eventually(() => expect(found()?.spec?.clusterIP).toBe('10.0.9.9'));
      expect(found()?.metadata.uid).toBe(uid);
      const [left, ...more] = host.store.list<Service>(resources.services);
      expect(left?.metadata).toMatchObject({ uid: kept.metadata.uid, annotations: { [marks.ownerUid]: uid } });
      expect(more).toEqual([]);
    };
    virtual.store.put(resources.services, own('10.0.0.1', 'anew'));
    const { engine } = await start();
    await expectAddress('anew');
    virtual.store.delete(resources.services, 'default/kubernetes');
    const knows = () => engine.context.virtual.lister<Service>(resources.services).get('default/kubernetes');
    await eventually(() => expect(knows()).toBeUndefined());
    await eventually(() => expect(engine.status().every(({ waiting }) => waiting === 0)).toBe(true));
    virtual.store.put(resources.services, own('10.0.0.1', 'again'));
    await expectAddress('again');
    expect(host.count('delete', 'services')).toBe(0);
  });

  it('a Service that is deleted on its way to another address stays deleted', async () => {
    virtual.store.put(resources.services, ofTenant({ clusterIP: '10.0.0.1' }));
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.2' }));
    virtual.faults.add({ verb: 'patch', plural: 'services' }, { kind: 'slow', ms: 0 });
    virtual.faults.add({ verb: 'patch', plural: 'services' }, { kind: 'status', code: 503 }, 1000);
    await start();
    await eventually(() => expect(virtual.count('patch', 'services')).toBeGreaterThan(1));
    expect(virtualSpec()?.type).toBe('ExternalName');
    await running?.stop();
    virtual.faults.clear();
    virtual.store.delete(resources.services, 'shop/web');
    await start();
    await eventually(() => expect(host.store.list(resources.services)).toEqual([]));
    expect(virtual.store.list(resources.services)).toEqual([]);
  });

  it('a Service that is written to on its way keeps what was written', async () => {
    virtual.store.put(resources.services, ofTenant({ clusterIP: '10.0.0.1' }));
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.2' }));
    virtual.faults.add({ verb: 'patch', plural: 'services' }, { kind: 'slow', ms: 300 }, 2);
    await start();
    const edit = async (annotation: string, patches: number) => {
      await eventually(() => expect(virtual.count('patch', 'services')).toBe(patches));
      const live = virtual.store.get<Service>(resources.services, 'shop/web');
      const annotations = { ...live?.metadata.annotations, [annotation]: 'kept' };
      if (live) virtual.store.put(resources.services, { ...live, metadata: { ...live.metadata, annotations } });
    };
    await edit('first', 1);
    await edit('second', 2);
    await eventually(() => expect(virtualSpec()?.clusterIP).toBe('10.0.0.2'));
    const { annotations } = virtual.store.get<Service>(resources.services, 'shop/web')?.metadata ?? {};
    expect(annotations).toEqual({ first: 'kept', second: 'kept' });
  });

  it.each([
    ['asks for no address keeps none, where an earlier try of its name has left one on the host', 'None', '10.0.0.2'],
    ['has an address keeps it, where an earlier try of its name has left none on the host', '10.0.0.1', 'None'],
  ])('a Service that %s', async (_, asked, leftOver) => {
    const service = virtual.store.put(resources.services, ofTenant({ clusterIP: asked }));
    const { [marks.ownerUid]: __, ...annotations } = onHost({}).metadata.annotations ?? {};
    const left = onHost({ clusterIP: leftOver });
    host.store.put(resources.services, { ...left, metadata: { ...left.metadata, annotations } });
    await start();
    await eventually(() => expect(hostSpec()?.clusterIP).toBe(asked));
    expect(host.store.list(resources.services)).toHaveLength(1);
    const { uid } = service.metadata;
    expect(virtual.store.list(resources.services)).toMatchObject([{ metadata: { uid }, spec: service.spec }]);
  });

  it('a node port that the host refuses is left to it, and the tenant’s follows', async () => {
    const ports = (nodePort: number) => [{ port: 80, protocol: 'TCP', nodePort }];
    virtual.store.put(resources.services, ofTenant({ type: 'NodePort', ports: ports(30_001) }));
    host.store.put(resources.services, onHost({ type: 'NodePort', ports: ports(30_002) }));
    host.faults.add(
      { verb: 'patch', plural: 'services' },
      refusal('spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated'),
    );
    await start();
    await eventually(() => expect(virtualSpec()?.ports).toEqual(ports(30_002)));
    expect(hostSpec()?.ports).toEqual(ports(30_002));
    expect(virtual.store.list(resources.events)).toEqual([]);
  });

  it('an address that the host refuses to a name that becomes more is left to it', async () => {
    virtual.store.put(resources.services, ofTenant({ type: 'ClusterIP', clusterIP: '10.0.0.1' }));
    host.store.put(resources.services, onHost({ type: 'ExternalName', externalName: 'x.example' }));
    host.faults.add(
      { verb: 'patch', plural: 'services' },
      refusal('spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1'),
    );
    await start();
    const asked = () =>
      host.requests
        .filter(({ verb, plural }) => verb === 'patch' && plural === 'services')
        .map(({ body }): unknown => Reflect.get(Object(body['spec']), 'clusterIP'));
    // This host gives no address by itself: it may be asked again for the first.
    await eventually(() => expect(asked().slice(0, 2)).toEqual(['10.0.0.1', undefined]));
    await eventually(() => expect(hostSpec()?.type).toBe('ClusterIP'));
    expect(host.faults.left).toBe(0);
  });

  it('a volume whose host claim is ours again while the volume is leaving goes, and is made anew', async () => {
    const claim: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop', uid: 'c1' },
      spec: { volumeName: 'pv-1', storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Bound' },
    };
    virtual.store.put(resources.persistentVolumeClaims, claim);
    const hostClaim = translator.hostObject(resources.persistentVolumeClaims, claim);
    host.store.put(resources.persistentVolumeClaims, { ...hostClaim, spec: claim.spec, status: claim.status });
    const metadata = {
      name: 'pv-1',
      uid: 'v1',
      labels: { 'k3v.io/managed': 'true' },
      finalizers: ['kubernetes.io/pv-protection'],
      deletionTimestamp: '2026-01-01T00:00:00Z',
    };
    virtual.store.put(resources.persistentVolumes, { metadata, status: { phase: 'Bound' } } as PersistentVolume);
    const volume = () => virtual.store.get<PersistentVolume>(resources.persistentVolumes, 'pv-1');
    await start();
    await eventually(() => expect(volume()?.status?.phase).toBe('Released'));
    // As the protection controller does.
    virtual.store.delete(resources.persistentVolumes, 'pv-1');
    await eventually(() => expect(volume()?.status?.phase).toBe('Bound'));
    expect(volume()?.metadata).not.toHaveProperty('deletionTimestamp');
  });

  it('a storage class that the host made anew is made anew', async () => {
    const named = (provisioner: string, labels = {}): StorageClass => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fast', labels },
      provisioner,
    });
    virtual.store.put(resources.storageClasses, named('old', { 'k3v.io/managed': 'true' }));
    host.store.put(resources.storageClasses, named('new'));
    virtual.faults.add({ verb: 'patch', plural: 'storageclasses' }, refusal('provisioner: field is immutable'));
    await start();
    const provisioner = () => virtual.store.get<StorageClass>(resources.storageClasses, 'fast')?.provisioner;
    await eventually(() => expect(provisioner()).toBe('new'));
  });

  it('a volume that the tenant made stays alone, and the tenant is told why', async () => {
    const own: PersistentVolume = { kind: 'PersistentVolume', metadata: { name: 'own', uid: 'v' } };
    const before = virtual.store.put(resources.persistentVolumes, own);
    await start();
    await eventually(() => {
      const said = virtual.store.list<KubeEvent>(resources.events);
      expect(said.map(({ reason, involvedObject }) => [reason, involvedObject.name])).toEqual([
        ['NotSupported', 'own'],
      ]);
    });
    expect(virtual.store.list(resources.persistentVolumes)).toEqual([before]);
  });
});
