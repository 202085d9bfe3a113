import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamingKubeClient } from '../../../src/kube/rest-client.ts';
import { type Service, resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { createServiceAdmission } from '../../../src/syncer/service-admission.ts';
import { marks } from '../../../src/translate/translator.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

type Request = { operation: string; namespace?: string; dryRun?: boolean; object: Service; oldObject?: Service };
type Operation = { path: string; value: unknown };

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const hostName = translator.hostName('Service', 'shop', 'web');
const spec = (more: Service['spec'] = {}): Service['spec'] => ({ type: 'ClusterIP', ports: [{ port: 80 }], ...more });
const web = (more: Service['spec'] = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: spec(more),
});
/** The host Service, made for the virtual one with `uid`; without one, by an earlier try. */
function onHost(more: Service['spec'], uid?: string): Service {
  const object = translator.hostObject(resources.services, { metadata: { ...web().metadata, uid } });
  return { ...object, spec: spec(more) };
}

describe('the admission of Services', () => {
  let host: FakeApiServer;
  let virtual: FakeApiServer;
  let client: StreamingKubeClient;
  let tenant: StreamingKubeClient;

  beforeEach(async () => {
    [host, virtual] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
    client = clientOf(host.url);
    tenant = clientOf(virtual.url);
  });

  afterEach(async () => {
    client.close();
    tenant.close();
    await Promise.all([host.stop(), virtual.stop()]);
  });

  /** Asks about `request` and returns the answer, with its patch readable. */
  async function ask(request: Request) {
    const review = createServiceAdmission({ host: client, virtual: tenant, translator, log: silentLog });
    const answer = await review({ request: { uid: 'r', namespace: 'shop', ...request } });
    const { patch, patchType: _, uid, ...response } = Reflect.get(Object(answer), 'response');
    expect(uid).toBe('r');
    if (patch === undefined) return response;
    const operations: Operation[] = JSON.parse(Buffer.from(patch, 'base64').toString());
    return { ...response, patch: Object.fromEntries(operations.map(({ path, value }) => [path, value])) };
  }
  const creating = async (object: Service) => await ask({ operation: 'CREATE', object });
  /** A change of a Service that has its address. */
  function becomingNodePort(): Request {
    const [oldObject, object] = [web({ clusterIP: '10.0.0.7' }), web({ clusterIP: '10.0.0.7', type: 'NodePort' })];
    for (const { metadata } of [oldObject, object]) metadata.uid = 'u';
    return { operation: 'UPDATE', object, oldObject };
  }
  const hostServices = () => host.store.list<Service>(resources.services);
  const refuse = (code: number, message: string) => ({ kind: 'status' as const, code, message });

  it('gives an address where an earlier try has left a Service without one', async () => {
    host.store.put(resources.services, onHost({ clusterIP: 'None' }));
    const { patch } = await creating(web());
    expect(patch['/spec/clusterIP']).not.toBe('None');
    expect(hostServices().map(({ spec: left }) => left?.clusterIP)).not.toContain('None');
  });

  it('takes what an earlier try has made, with its address and ports', async () => {
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7', ports: [{ port: 80, nodePort: 30_007 }] }));
    const answer = await creating(web({ type: 'NodePort' }));
    expect(answer).toMatchObject({
      allowed: true,
      patch: { '/spec/clusterIP': '10.0.0.7', '/spec/ports': [{ port: 80, nodePort: 30_007 }] },
    });
    expect(hostServices()).toHaveLength(1);
  });

  it.each([
    ['held since long ago, by a try whose Service was never stored, is not taken', 60_000, false],
    ['held by a try that may still be under way is taken', 0, true],
  ])('an address that an earlier try has made, and that the virtual API server has %s', async (_, ageMs, isTaken) => {
    const creationTimestamp = new Date(Date.now() - ageMs).toISOString();
    virtual.store.put(resources.ipAddresses, { metadata: { name: '10.0.0.7', creationTimestamp } });
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'] }));
    const { allowed } = await creating(web());
    expect(allowed).toBe(true);
    expect(hostServices()).toHaveLength(1);
    expect(hostServices()[0]?.spec?.clusterIP === '10.0.0.7').toBe(isTaken);
    await creating(web({ clusterIP: '10.0.0.7' }));
    expect(hostServices()[0]?.spec?.clusterIP).toBe('10.0.0.7');
  });

  it('takes it too when the host says of its address that it is taken, as real ones do', async () => {
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7' }));
    host.faults.add({ verb: 'create' }, refuse(422, 'spec.clusterIPs: Invalid value: ["10.0.0.7"]: already allocated'));
    expect(await creating(web({ clusterIP: '10.0.0.7' }))).toMatchObject({ allowed: true });
    expect(hostServices()).toHaveLength(1);
  });

  it('does not take an earlier try that has another address than the one asked for now', async () => {
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7' }));
    expect(await creating(web({ clusterIP: '10.0.0.8' }))).toMatchObject({ allowed: true });
    expect(hostServices().map((one) => one.spec?.clusterIP)).toEqual(['10.0.0.8']);
  });

  it('replaces what is left of a Service of the same name', async () => {
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7' }, 'gone'));
    expect(await creating(web({ clusterIP: '10.0.0.8' }))).toMatchObject({ allowed: true });
    const [made, ...others] = hostServices();
    expect(others).toEqual([]);
    expect(made?.spec?.clusterIP).toBe('10.0.0.8');
    expect(made?.metadata.annotations).not.toHaveProperty([marks.ownerUid]);
  });

  it('leaves the API server’s own Service its address, whoever had it', async () => {
    const [namespace, name] = ['default', 'kubernetes'];
    const virtualService = (uid?: string): Service => ({ ...web(), metadata: { namespace, name, uid } });
    const object = translator.hostObject(resources.services, virtualService('gone'));
    host.store.put(resources.services, { ...object, spec: spec({ clusterIP: '10.0.0.7' }) });
    const asked = { ...virtualService(), spec: spec({ clusterIP: '10.0.0.1' }) };
    const { patch } = await ask({ operation: 'CREATE', namespace, object: asked });
    expect(patch).toMatchObject({ '/spec/clusterIP': '10.0.0.7' });
    expect(host.requests.filter(({ verb }) => verb === 'delete')).toEqual([]);
  });

  it('replaces what is left of a Service of the same name, though its labels were taken off, but not what is of another virtual cluster', async () => {
    const left = onHost({ clusterIP: '10.0.0.7' }, 'gone');
    const of = (labels: Record<string, string>) => ({ ...left, metadata: { ...left.metadata, labels } });
    host.store.put(resources.services, of({ [marks.clusterLabel]: 'b' }));
    expect(await creating(web())).toMatchObject({ allowed: false, status: { code: 409 } });
    host.store.put(resources.services, of({}));
    expect(await creating(web({ clusterIP: '10.0.0.8' }))).toMatchObject({ allowed: true });
    expect(hostServices().map((each) => each.spec?.clusterIP)).toEqual(['10.0.0.8']);
  });

  it.each([
    ['and its host Service', 'u'],
    ['and what an earlier try has made', undefined],
  ])('leaves a Service that stands already %s alone: the API server refuses another of its name', async (_, uid) => {
    virtual.store.put(resources.services, { ...web(), metadata: { ...web().metadata, uid: 'u' } });
    const before = host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7' }, uid));
    expect(await creating(web())).toEqual({ allowed: true });
    expect(hostServices()).toEqual([before]);
  });

  it('lets a Service pass whose predecessor the host still removes', async () => {
    const metadata = { ...onHost({}, 'gone').metadata, finalizers: ['x/wait'] };
    host.store.put(resources.services, { ...onHost({}), metadata });
    const { patch, ...answer } = await creating(web());
    expect(patch).toBeUndefined();
    expect(answer).toEqual({ allowed: true, warnings: [expect.stringContaining('still removes')] });
  });

  it('never touches a Service of others that has the name', async () => {
    const foreign = { ...onHost({}), metadata: { name: hostName, namespace: 'team' } };
    host.store.put(resources.services, foreign);
    const answer = await creating(web());
    expect(answer).toMatchObject({ allowed: false, status: { code: 409 } });
    expect(hostServices()).toHaveLength(1);
  });

  it.each([
    ['is busy', () => host.faults.add({ verb: 'create' }, refuse(503, 'busy'))],
    ['breaks off', () => host.faults.add({ verb: 'create' }, { kind: 'cut' }, 5)],
    ['refuses the credentials', () => host.faults.add({ verb: 'create' }, refuse(401, 'Unauthorized'))],
    ['has no namespace', () => host.faults.add({ verb: 'create' }, refuse(404, 'namespaces "team" not found'))],
    [
      'deletes its namespace',
      () => host.faults.add({ verb: 'create' }, refuse(403, 'unable: because it is being terminated')),
    ],
  ])('lets a Service pass while the host %s, and says so', async (_state, happen) => {
    happen();
    expect(await creating(web())).toEqual({ allowed: true, warnings: [expect.stringContaining('does not answer')] });
  });

  it('refuses what the host refuses, in names that the tenant knows', async () => {
    host.faults.add({ verb: 'create' }, refuse(422, `Service "${hostName}" is invalid: spec.ports[0].nodePort: taken`));
    expect(await creating(web())).toEqual({
      allowed: false,
      status: { code: 422, message: 'host: Service "web" is invalid: spec.ports[0].nodePort: taken' },
    });
  });

  it('asks the host nothing about a Service without an address, or a change of no field of it', async () => {
    const name = web({ type: 'ExternalName', externalName: 'x.example' });
    expect(await creating(name)).toEqual({ allowed: true });
    expect(await creating(web({ clusterIP: 'None' }))).toEqual({ allowed: true });
    expect(await ask({ operation: 'UPDATE', object: web(), oldObject: web() })).toEqual({ allowed: true });
    expect(host.requests).toEqual([]);
  });

  it('only tries out changes, and everything on a dry run', async () => {
    const before = host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7' }, 'u'));
    expect(await ask(becomingNodePort())).toEqual({ allowed: true });
    expect(await ask({ operation: 'CREATE', dryRun: true, object: web() })).toEqual({ allowed: true });
    expect(hostServices()).toEqual([before]);
    const writes = host.requests.filter(({ verb }) => verb === 'create' || verb === 'patch');
    expect(writes.map(({ verb, query }) => [verb, query.get('dryRun')])).toEqual([
      ['patch', 'All'],
      ['create', 'All'],
    ]);
  });

  it.each([
    [422, false],
    [403, false],
    [404, true],
    [409, true],
  ])('takes the answer %s to a change that it tries out for leave: %s', async (code, allowed) => {
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7' }, 'u'));
    host.faults.add({ verb: 'patch' }, refuse(code, 'no'));
    expect((await ask(becomingNodePort())).allowed).toBe(allowed);
  });

  it.each([
    ['an earlier Service of its name', onHost({ clusterIP: 'None' }, 'before')],
    ['the Service with another address', onHost({ clusterIP: 'None' }, 'u')],
  ])('asks a host that still has %s nothing about a change', async (_, left) => {
    host.store.put(resources.services, left);
    host.faults.add(
      { verb: 'patch' },
      refuse(422, "spec.clusterIPs[0]: may not be set to 'None' for NodePort services"),
    );
    expect((await ask(becomingNodePort())).allowed).toBe(true);
    expect(host.count('patch')).toBe(0);
  });

  it('warns of external addresses', async () => {
    const { allowed, warnings } = await creating(web({ externalIPs: ['192.0.2.1'] }));
    expect({ allowed, warnings }).toEqual({ allowed: true, warnings: [expect.stringContaining('externalIPs')] });
    expect(hostServices()[0]?.spec).not.toHaveProperty('externalIPs');
  });
});
