import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKubeClient } from '../../../src/kube/rest-client.ts';
import type { StreamingKubeClient } from '../../../src/kube/rest-client.ts';
import { type Service, resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { createServiceAdmission } from '../../../src/syncer/service-admission.ts';
import { marks } from '../../../src/translate/translator.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';

type Request = { operation: string; dryRun?: boolean; object: Service; oldObject?: Service };
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
  let client: StreamingKubeClient;

  beforeEach(async () => {
    host = await startFakeApiServer();
    client = createKubeClient({ server: host.url, credentials: async () => ({ tls: {}, headers: {} }) });
  });

  afterEach(async () => {
    client.close();
    await host.stop();
  });

  /** Asks about `request` and returns the answer, with its patch readable. */
  async function ask(request: Request) {
    const review = createServiceAdmission({ host: client, translator, log: silentLog });
    const answer = await review({ request: { uid: 'r', namespace: 'shop', ...request } });
    const { patch, patchType: _, uid, ...response } = Reflect.get(Object(answer), 'response');
    expect(uid).toBe('r');
    if (patch === undefined) return response;
    const operations: Operation[] = JSON.parse(Buffer.from(patch, 'base64').toString());
    return { ...response, patch: Object.fromEntries(operations.map(({ path, value }) => [path, value])) };
  }
  const creating = async (object: Service) => await ask({ operation: 'CREATE', object });
  const hostServices = () => host.store.list<Service>(resources.services);
  const refuse = (code: number, message: string) => ({ kind: 'status' as const, code, message });

  it('takes what an earlier try has made, with its address and ports', async () => {
    host.store.put(resources.services, onHost({ clusterIP: '10.0.0.7', ports: [{ port: 80, nodePort: 30_007 }] }));
    const answer = await creating(web({ type: 'NodePort' }));
    expect(answer).toMatchObject({
      allowed: true,
      patch: { '/spec/clusterIP': '10.0.0.7', '/spec/ports': [{ port: 80, nodePort: 30_007 }] },
    });
    expect(hostServices()).toHaveLength(1);
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
    const changed = { operation: 'UPDATE', object: web({ type: 'NodePort' }), oldObject: web() };
    expect(await ask(changed)).toEqual({ allowed: true });
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
    const answer = await ask({ operation: 'UPDATE', object: web({ type: 'NodePort' }), oldObject: web() });
    expect(answer.allowed).toBe(allowed);
  });

  it('warns of external addresses', async () => {
    const { allowed, warnings } = await creating(web({ externalIPs: ['192.0.2.1'] }));
    expect({ allowed, warnings }).toEqual({ allowed: true, warnings: [expect.stringContaining('externalIPs')] });
    expect(hostServices()[0]?.spec).not.toHaveProperty('externalIPs');
  });
});
