import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubeEvent, type Namespace, type Pod, resources } from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';

const patience = { timeoutMs: 60_000, everyMs: 200 };
const enforce = 'pod-security.kubernetes.io/enforce';
const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  runAsUser: 1000,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

const refusal = /^pods "bad" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false/;
let cluster: EmbeddedCluster;

async function start(isolation: string, port: number): Promise<void> {
  cluster = await startEmbeddedCluster(port, { flags: ['--isolation', isolation] });
  const labels = { [enforce]: 'restricted' };
  await cluster.host.patch({ resource: resources.namespaces, name: 'team' }, 'merge', { metadata: { labels } });
  await makeNamespace('shop');
}

async function makeNamespace(name: string, labels: Record<string, string> = {}): Promise<void> {
  const { virtual } = cluster;
  await virtual.create<Namespace>(resources.namespaces, { metadata: { name, labels } });
  const account = { resource: resources.serviceAccounts, namespace: name, name: 'default' };
  await eventually(async () => await virtual.get(account), patience);
}

async function create(name: string, securityContext: object, namespace = 'shop'): Promise<Pod> {
  return await cluster.virtual.create<Pod>(resources.pods, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'app', securityContext }] },
  });
}

async function eventsOf(name: string, namespace = 'shop'): Promise<KubeEvent[]> {
  const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace });
  return items.filter(({ involvedObject }) => involvedObject.name === name);
}

async function phaseOf(name: string, namespace = 'shop'): Promise<string | undefined> {
  return (await cluster.virtual.get<Pod>({ resource: resources.pods, namespace, name })).status?.phase;
}

describe('with --isolation restricted on a host namespace that enforces restricted', () => {
  beforeAll(async () => await start('restricted', 27_542));
  afterAll(async () => await cluster?.stop());

  it('a pod that is restricted runs', async () => {
    await create('good', restricted);
    await eventually(async () => expect(await phaseOf('good')).toBe('Running'), patience);
  });

  it('a pod that is not is refused at once', async () => {
    await expect(create('bad', {})).rejects.toThrow(refusal);
  });

  it('a pod in a namespace that the tenant has loosened waits, and is told why by k3v: the host is not even asked', async () => {
    await makeNamespace('loose', { [enforce]: 'privileged' });
    await create('bad', {}, 'loose');
    const reasons = async () => (await eventsOf('bad', 'loose')).map(({ reason }) => reason);
    await eventually(async () => expect(await reasons()).toEqual(['ForbiddenByIsolation']), patience);
    expect(await phaseOf('bad', 'loose')).toBe('Pending');
    expect(cluster.k3v().lines().join('\n')).not.toContain('violates PodSecurity');
  });
});

describe('with --isolation none on a host namespace that enforces restricted', () => {
  beforeAll(async () => await start('none', 27_543));
  afterAll(async () => await cluster?.stop());

  it('a pod that is restricted runs', async () => {
    await create('good', restricted);
    await eventually(async () => expect(await phaseOf('good')).toBe('Running'), patience);
  });

  it("a pod that is not waits, with an event in the host's words and the tenant's names", async () => {
    await create('bad', {});
    const told = { type: 'Warning', reason: 'HostRefused', message: expect.stringMatching(refusal) };
    await eventually(async () => expect(await eventsOf('bad')).toContainEqual(expect.objectContaining(told)), patience);
    expect(await phaseOf('bad')).toBe('Pending');
  });

  it('a pod that waited runs once the host lets it', async () => {
    const labels = { [enforce]: null };
    await cluster.host.patch({ resource: resources.namespaces, name: 'team' }, 'merge', { metadata: { labels } });
    await eventually(async () => expect(await phaseOf('bad')).toBe('Running'), { ...patience, timeoutMs: 120_000 });
  });
});
