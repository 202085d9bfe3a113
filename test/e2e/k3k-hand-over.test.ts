import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/k3k/types.ts';
import { k3kResources } from '../../src/k3k/types.ts';
import { type Lease, type StatefulSet, resources } from '../../src/kube/types.ts';
import { type ControllerProcess, isWrite, startControllerProcess } from '../support/controller-process.ts';
import { eventually } from '../support/eventually.ts';
import { type K3kHost, startK3kHost } from '../support/k3k-host.ts';
import { leftoversOf, objectsOf, playWorkload } from '../support/k3k-leftovers.ts';

const patient = { timeoutMs: 120_000, everyMs: 200 };
const longMs = 300_000;
const leaseRef = { resource: resources.leases, namespace: 'default', name: 'k3k-controller' };
let host: K3kHost;
const started: ControllerProcess[] = [];
/** Who leads as a test begins, and who stands by. */
let first: ControllerProcess;
let second: ControllerProcess;

beforeAll(async () => {
  host = await startK3kHost();
}, longMs);
afterAll(async () => {
  for (const each of started) await each.remove();
  await host?.stop();
}, 60_000);

async function startOne(): Promise<ControllerProcess> {
  const made = await startControllerProcess(host, 28_410 + started.length);
  started.push(made);
  return made;
}

/** Starts one more, and resolves when it knows that it is not the one that leads. */
async function startStandby(leader: string): Promise<ControllerProcess> {
  const made = await startOne();
  await eventually(() => expect(made.leader()).toBe(leader), patient);
  return made;
}

const refOf = (name: string) => ({ resource: k3kResources.clusters, namespace: host.namespace, name });
const specOf = (value: string) => ({ serverEnvs: [{ name: 'VALUE', value }], mirrorHostNodes: true });
const lease = async () => (await host.client.get<Lease>(leaseRef)).spec;
const wideOf = async (name: string) => await host.get(resources.clusterRoles, `k3k:${host.namespace}:${name}`);

async function makeReady(name: string, value: string): Promise<void> {
  await host.create(name, specOf(value));
  await host.playServer(name);
  await untilMade(name, value);
}

/** Waits until a Cluster is what it says, with all that one has. */
async function untilMade(name: string, value: string): Promise<void> {
  await host.until(name, ({ metadata, status }: Cluster) =>
    expect(status).toMatchObject({ phase: 'Ready', observedGeneration: metadata.generation }),
  );
  const server = await host.get<StatefulSet>(resources.statefulSets, `k3k-${name}-server`);
  expect(server?.spec?.template.spec?.containers[0]?.env).toContainEqual({ name: 'VALUE', value });
  await eventually(async () => expect(await kindsOf(name)).toEqual(await kindsOf('model')), patient);
}

/** What there is of a Cluster, without its name. */
async function kindsOf(name: string): Promise<string[]> {
  return (await leftoversOf(host.client, host.namespace, name))
    .map((object) => object.replaceAll(name, '*'))
    .toSorted();
}

async function untilGone(name: string): Promise<void> {
  await eventually(async () => {
    expect(await host.get(k3kResources.clusters, name)).toBeUndefined();
    expect(await leftoversOf(host.client, host.namespace, name)).toEqual([]);
  }, patient);
}

describe('of two controllers on a host', () => {
  it('one works, and the other writes nothing and has nothing that waits', { timeout: longMs }, async () => {
    first = await startOne();
    const holder = await first.leads();
    second = await startStandby(holder);
    // What all others are held against: nobody disturbs its making.
    await host.create('model', specOf('1'));
    await host.playServer('model');
    await host.until('model', ({ status }) => expect(status?.phase).toBe('Ready'));
    await makeReady('changed', '1');
    await makeReady('going', '1');
    await playWorkload(host.client, host.namespace, 'going');
    expect(first.writes().length).toBeGreaterThan(30);
    expect(second.proxy.calls.filter(isWrite)).toEqual([]);
    expect(await lease()).toMatchObject({ holderIdentity: holder, leaseTransitions: 0 });
    await eventually(async () => expect(await second.figures()).toContain('k3k_clusters{phase="Ready"} 3'), patient);
    const figures = await second.figures();
    for (const name of ['cluster', 'policy']) expect(figures).toContain(`workqueue_depth{name="${name}"} 0`);
    expect(figures).toContain('leader_election_master_status{name="k3k-controller"} 0');
  });

  it('the other goes on with what the one was at when it was killed: making, changing and deleting', {
    timeout: longMs,
  }, async () => {
    const { faults } = first.proxy;
    // The host does it, and the leader does not hear of it.
    faults.add({ verb: 'patch', plural: 'services', name: 'k3k-fresh-service' }, { kind: 'stall' });
    faults.add({ verb: 'patch', plural: 'statefulsets', name: 'k3k-changed-server' }, { kind: 'mute' });
    faults.add({ verb: 'delete', plural: 'services', name: 'k3k-going-service' }, { kind: 'mute' });
    await host.create('fresh', specOf('1'));
    await host.change('changed', specOf('2'));
    await host.client.delete(refOf('going'));
    await first.asks('patch', 'services', 'k3k-fresh-service');
    await first.asks('patch', 'statefulsets', 'k3k-changed-server');
    await first.asks('delete', 'services', 'k3k-going-service');
    await eventually(
      async () => expect(await host.get(resources.services, 'k3k-fresh-service')).toBeDefined(),
      patient,
    );
    await first.end('SIGKILL');
    expect(second.writes()).toEqual([]);
    const [begun, left] = [
      await objectsOf(host.client, host.namespace, 'fresh'),
      await leftoversOf(host.client, host.namespace, 'going'),
    ];
    expect([...begun.keys()]).not.toEqual([]);
    expect(left).toContain('services/k3k-going-service');

    const holder = await second.leads();
    expect(await lease()).toMatchObject({ holderIdentity: holder, leaseTransitions: 1 });
    await host.playServer('fresh');
    await untilMade('fresh', '1');
    await untilMade('changed', '2');
    await untilGone('going');
    const made = await objectsOf(host.client, host.namespace, 'fresh');
    expect(new Map([...made].filter(([object]) => begun.has(object)))).toEqual(begun);
  });

  it('the one that is asked to end finishes what it is at, and gives the Lease up to the other', {
    timeout: longMs,
  }, async () => {
    first = second;
    const holder = await first.leads();
    second = await startStandby(holder);
    const watching = new AbortController();
    const holders = await followHolders(watching.signal);
    first.proxy.faults.add(
      { verb: 'patch', plural: 'services', name: 'k3k-handed-service' },
      { kind: 'slow', ms: 1_000 },
    );
    await host.create('handed', specOf('1'));
    const begun = await first.asks('patch', 'services', 'k3k-handed-service');
    expect(await first.end('SIGTERM')).toBe(0);
    expect(begun.code).toBe(201);
    expect(first.proxy.calls.findLast(isWrite)).toMatchObject({ method: 'PUT', plural: 'leases', code: 200 });
    const next = await second.leads();
    await eventually(() => expect(holders).toEqual([`${holder} 1`, 'nobody 1', `${next} 2`]), patient);
    watching.abort();
    await host.playServer('handed');
    await untilMade('handed', '1');
  });

  it('the one that slept past its time writes nothing more, and may lead again', { timeout: longMs }, async () => {
    first = second;
    second = await startStandby(await first.leads());
    const { proxy } = first;
    proxy.faults.add({ verb: 'patch', plural: 'services', name: 'k3k-slept-service' }, { kind: 'slow', ms: 500 });
    await host.create('slept', specOf('1'));
    const begun = await first.asks('patch', 'services', 'k3k-slept-service');
    first.send('SIGSTOP');
    const holder = await second.leads();
    await host.playServer('slept');
    await untilMade('slept', '1');
    await host.change('changed', specOf('3'));
    await untilMade('changed', '3');
    // It has not heard yet that this was done, and would go on from there.
    await eventually(() => expect(begun.code).toBe(201), patient);
    const before = proxy.calls.length;
    first.send('SIGCONT');
    await eventually(() => expect(first.terms().ended).toBe(1), patient);
    await eventually(() => expect(first.leader()).toBe(holder), patient);
    const later = () => proxy.calls.slice(before).filter(isWrite);
    for (const { plural, code } of later()) expect({ plural, code }).toEqual({ plural: 'leases', code: 409 });
    await host.client.delete(refOf('handed'));
    await untilGone('handed');
    expect(later().filter(({ plural }) => plural !== 'leases')).toEqual([]);

    expect(await second.end('SIGTERM')).toBe(0);
    await first.leads(2);
    await host.change('changed', specOf('4'));
    await untilMade('changed', '4');
    await host.client.delete(refOf('fresh'));
    await untilGone('fresh');
  });
});

it('who begins to lead clears away what is left of a Cluster that went while nobody led', {
  timeout: longMs,
}, async () => {
  await first.end('SIGTERM');
  await host.client.delete(refOf('slept'));
  await host.client.patch(refOf('slept'), 'merge', { metadata: { finalizers: null } });
  // Of all that belongs to a namespace the garbage collector takes care.
  await eventually(
    async () =>
      expect((await leftoversOf(host.client, host.namespace, 'slept')).join()).not.toMatch(
        /pods|services|secrets|roles\/k3k-/,
      ),
    patient,
  );
  expect(await wideOf('slept')).toBeDefined();
  await (await startOne()).leads();
  await eventually(async () => expect(await wideOf('slept')).toBeUndefined(), patient);
});

/** Returns a list that grows with each change of who holds the Lease: by whom, after how many transitions. */
async function followHolders(signal: AbortSignal): Promise<string[]> {
  const { metadata, spec } = await host.client.get<Lease>(leaseRef);
  const wordOf = (of: Lease['spec']) => `${of?.holderIdentity || 'nobody'} ${of?.leaseTransitions}`;
  const holders = [wordOf(spec)];
  const events = host.client.watch<Lease>(resources.leases, {
    namespace: leaseRef.namespace,
    fieldSelector: `metadata.name=${leaseRef.name}`,
    resourceVersion: metadata.resourceVersion ?? '',
    timeoutSeconds: 300,
    signal,
  });
  const follow = async () => {
    for await (const { type, object } of events) {
      if (type !== 'BOOKMARK' && wordOf(object.spec) !== holders.at(-1)) holders.push(wordOf(object.spec));
    }
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted) holders.push(String(error));
  });
  return holders;
}
