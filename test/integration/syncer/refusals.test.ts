import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeEvent, type Pod, type Service, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const hostName = translator.hostName('Pod', 'shop', 'web');
const apiServer: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ port: 443, protocol: 'TCP' }] },
};
const pod = (spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { containers: [{ name: 'main', image: 'app' }], ...spec },
  status: { phase: 'Pending' },
});

let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;

beforeEach(async () => {
  virtual = await startFakeApiServer();
  host = await startFakeApiServer();
  virtual.store.put(resources.services, apiServer);
  running = await startEngineBetween({ virtual, host, translator, store: createMemoryStore() });
});
afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

/** The host answers to each try to make a pod with one of `refusals`, and takes it after them. */
function refuse(...refusals: { code: number; reason: string; message: string }[]) {
  for (const refusal of refusals) host.faults.add({ verb: 'create', plural: 'pods' }, { kind: 'status', ...refusal });
}
const told = () =>
  virtual.store.list<KubeEvent>(resources.events).map(({ type, reason, message, count, involvedObject }) => ({
    is: `${type} ${reason} ${count}`,
    of: `${involvedObject.kind} ${involvedObject.namespace}/${involvedObject.name}`,
    message,
  }));
const runs = async () =>
  await eventually(() => expect(host.store.get(resources.pods, `team/${hostName}`)).toBeDefined());

describe('a refusal of the host', () => {
  it.each([
    [
      'of a quota',
      { code: 403, reason: 'Forbidden' },
      `pods "${hostName}" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=3, limited: pods=3`,
      'pods "web" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=3, limited: pods=3',
    ],
    [
      'of a policy',
      { code: 403, reason: 'Forbidden' },
      `pods "${hostName}" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)`,
      'pods "web" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)',
    ],
    [
      'for want of a right',
      { code: 403, reason: 'Forbidden' },
      'pods is forbidden: User "system:serviceaccount:team:k3v" cannot create resource "pods" in API group "" in the namespace "team"',
      'the host does not let k3v create pods',
    ],
    [
      'of something invalid',
      { code: 422, reason: 'Invalid' },
      `Pod "${hostName}" is invalid: spec.containers[0].image: Required value`,
      'Pod "web" is invalid: spec.containers[0].image: Required value',
    ],
    [
      'by a webhook that fails',
      { code: 500, reason: 'InternalError' },
      'Internal error occurred: failed calling webhook "policy": no endpoints available for service "policy"',
      'Internal error occurred: failed calling webhook "policy": no endpoints available for service "policy"',
    ],
  ])('%s is one Warning event on the virtual object, in its names', async (_, refusal, message, words) => {
    refuse({ ...refusal, message }, { ...refusal, message }, { ...refusal, message });
    virtual.store.put(resources.pods, pod());
    await runs();
    expect(told()).toEqual([{ is: 'Warning HostRefused 1', of: 'Pod shop/web', message: words }]);
  });

  it('that names other figures at each try is one event that counts', async () => {
    const used = (pods: number) => ({
      code: 403,
      reason: 'Forbidden',
      message: `pods "${hostName}" is forbidden: exceeded quota: tight, used: pods=${pods}`,
    });
    refuse(used(3), used(4), used(5));
    virtual.store.put(resources.pods, pod());
    await runs();
    expect(told()).toEqual([
      {
        is: 'Warning HostRefused 3',
        of: 'Pod shop/web',
        message: 'pods "web" is forbidden: exceeded quota: tight, used: pods=5',
      },
    ]);
  });

  it('that passes by itself is none: a busy host, a conflict', async () => {
    refuse(
      { code: 429, reason: 'TooManyRequests', message: 'slow down' },
      { code: 409, reason: 'Conflict', message: 'no' },
    );
    virtual.store.put(resources.pods, pod());
    await runs();
    expect(told()).toEqual([]);
  });

  it('by a name that is taken says nothing of what is there', async () => {
    host.store.put<Pod>(resources.pods, { ...pod(), metadata: { name: hostName, namespace: 'team' } });
    virtual.store.put(resources.pods, pod());
    await eventually(() => expect(told()).toHaveLength(1));
    expect(told()).toEqual([
      {
        is: 'Warning HostNameTaken 1',
        of: 'Pod shop/web',
        message: 'the host has a Pod of another under the name that this one would get there',
      },
    ]);
  });

  it('by k3v itself, of what it cannot give, is one event', async () => {
    virtual.store.put(resources.pods, pod({ resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }));
    await eventually(() => expect(told()).toHaveLength(1));
    // A second look, as any change of the pod brings one.
    const live = virtual.store.get<Pod>(resources.pods, 'shop/web');
    if (live) virtual.store.put<Pod>(resources.pods, { ...live, metadata: { ...live.metadata, labels: { a: 'b' } } });
    virtual.store.put<Pod>(resources.pods, { ...pod(), metadata: { name: 'other', namespace: 'shop' } });
    await eventually(() =>
      expect(host.store.get(resources.pods, `team/${translator.hostName('Pod', 'shop', 'other')}`)).toBeDefined(),
    );
    expect(told()).toEqual([
      {
        is: 'Warning NotSupported 1',
        of: 'Pod shop/web',
        message: 'k3v cannot give pods spec.resourceClaims yet',
      },
    ]);
  });
});

describe('the status of a kind', () => {
  const kind = (
    plural: string,
    isShown: (each: ReturnType<typeof running.engine.status>[number]) => boolean = () => true,
  ) => {
    const found = running.engine.status().find((each) => each.plural === plural && isShown(each));
    if (!found) throw new Error(`no status of ${plural}`);
    const { virtual: inVirtual, inSync, pending, refused, failing } = found;
    return { virtual: inVirtual, inSync, pending, refused, failing };
  };
  const other = { ...pod(), metadata: { name: 'other', namespace: 'shop' } };

  it('names what the host refuses, in its words, until it is taken', async () => {
    const message = `pods "${hostName}" is forbidden: exceeded quota: tight`;
    host.faults.add(
      { verb: 'create', plural: 'pods' },
      { kind: 'status', code: 403, reason: 'Forbidden', message },
      Infinity,
    );
    virtual.store.put(resources.pods, pod());
    await eventually(() =>
      expect(kind('pods')).toEqual({
        virtual: 1,
        inSync: 0,
        pending: 0,
        refused: 1,
        failing: { 'shop/web': { reason: 'HostRefused', message } },
      }),
    );
    host.faults.clear();
    await runs();
    await eventually(() =>
      expect(kind('pods')).toEqual({ virtual: 1, inSync: 1, pending: 0, refused: 0, failing: {} }),
    );
  });

  it('names what k3v cannot give, and no other object', async () => {
    virtual.store.put(resources.pods, pod({ resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }));
    virtual.store.put<Pod>(resources.pods, other);
    const failing = { 'shop/web': { reason: 'NotSupported', message: expect.stringContaining('spec.resourceClaims') } };
    await eventually(() => expect(kind('pods')).toEqual({ virtual: 2, inSync: 1, pending: 0, refused: 1, failing }));
    virtual.store.delete(resources.pods, 'shop/web');
    await eventually(() => expect(kind('pods')).toMatchObject({ virtual: 1, inSync: 1, refused: 0, failing: {} }));
  });

  it('says what is on the host under the name of another, to the operator alone', async () => {
    host.store.put<Pod>(resources.pods, { ...pod(), metadata: { name: hostName, namespace: 'team' } });
    virtual.store.put(resources.pods, pod());
    const message = `the host already has a Pod team/${hostName} that is not managed by k3v`;
    await eventually(() =>
      expect(kind('pods')).toMatchObject({ refused: 1, failing: { 'shop/web': { reason: 'HostNameTaken', message } } }),
    );
  });

  it('names a Service of which a part stays without effect, for as long as it asks for that', async () => {
    const spec = { clusterIP: '10.0.0.9', type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' as const }] };
    const metadata = { name: 'web', namespace: 'shop' };
    virtual.store.put<Service>(resources.services, {
      ...apiServer,
      metadata,
      spec: { ...spec, externalIPs: ['192.0.2.1'] },
    });
    const services = () => kind('services', ({ failing }) => 'shop/web' in failing);
    await eventually(() =>
      expect(services()).toMatchObject({
        refused: 1,
        failing: { 'shop/web': { reason: 'NotSupported', message: expect.stringContaining('externalIPs') } },
      }),
    );
    virtual.store.put<Service>(resources.services, { ...apiServer, metadata, spec });
    await eventually(() => expect(() => services()).toThrow('no status'));
  });

  it('names a volume that the tenant made', async () => {
    virtual.store.put(resources.persistentVolumes, { kind: 'PersistentVolume', metadata: { name: 'own' } });
    const failing = { own: { reason: 'NotSupported', message: expect.stringContaining('binds no volumes') } };
    await eventually(() =>
      expect(kind('persistentvolumes')).toEqual({ virtual: 1, inSync: 0, pending: 0, refused: 1, failing }),
    );
  });

  it('counts as pending what has to wait for the host only', async () => {
    host.faults.add(
      { verb: 'create', plural: 'pods' },
      { kind: 'status', code: 409, reason: 'Conflict', message: 'not now' },
      Infinity,
    );
    virtual.store.put(resources.pods, pod());
    await eventually(() =>
      expect(kind('pods')).toEqual({
        virtual: 1,
        inSync: 0,
        pending: 1,
        refused: 0,
        failing: { 'shop/web': { message: 'not now' } },
      }),
    );
  });
});
