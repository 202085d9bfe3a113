import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KubeObject, type Resource, type Service, resources } from '../../src/kube/types.ts';
import { audit, expectCleanAudit } from '../support/audit.ts';
import { startChurn } from '../support/churn.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { eventually } from '../support/eventually.ts';

let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27700);
});

afterAll(async () => await cluster?.stop());

it('finds both worlds alike after churn', async () => {
  const churn = startChurn({ client: cluster.virtual, pauseMs: 50 });
  await eventually(() => expect(churn.moves()).toBeGreaterThan(isFullExtent ? 2000 : 120), { timeoutMs: 900_000 });
  await churn.stop();
  await expectCleanAudit(cluster, { ledger: churn.ledger, title: `seed ${churn.seed}` });
}, 1_200_000);

it('finds what is planted while k3v stands still, and k3v then puts all of it right', async () => {
  const { virtual, host } = cluster;
  const namespace = 'planted';
  const service = (name: string): Service => ({ metadata: { name, namespace }, spec: { ports: [{ port: 80 }] } });
  await virtual.create<KubeObject>(resources.namespaces, { metadata: { name: namespace } });
  for (const name of ['missing', 'altered', 'held']) await virtual.create<Service>(resources.services, service(name));
  await expectCleanAudit(cluster);

  const hostNamespace = cluster.translator.hostNamespace;
  const onHost = (resource: Resource, name: string, kind = 'Service') => ({
    resource,
    namespace: hostNamespace,
    name: cluster.translator.hostName(kind, namespace, name),
  });
  process.kill(cluster.k3v().pid, 'SIGSTOP');
  try {
    await host.delete(onHost(resources.services, 'missing'));
    const altered = await host.patch<Service>(onHost(resources.services, 'altered'), 'merge', {
      spec: { ports: [{ port: 81 }] },
    });
    const { labels, annotations } = altered.metadata;
    for (const name of ['copy', 'stray']) {
      const owner = name === 'stray' ? { 'k3v.io/owner-name': 'nobody', 'k3v.io/owner-uid': 'nobody' } : {};
      await host.create<Service>(resources.services, {
        metadata: { name, namespace: hostNamespace, labels, annotations: { ...annotations, ...owner } },
        spec: { ports: [{ port: 80 }] },
      });
    }
    const held = { resource: resources.services, namespace, name: 'held' };
    await virtual.patch(held, 'merge', { metadata: { finalizers: ['test.example/hold'] } });
    await virtual.delete(held);
    const found = await audit(cluster, { timeoutMs: 0 });
    expect(found).toEqual({
      lost: ['Service planted/missing: the host has none', 'Endpoints planted/missing: the host has none'],
      doubled: [expect.stringMatching(/Service planted\/altered: on the host as .*copy/)],
      orphaned: [expect.stringContaining('host Service stray: its owner planted/nobody')],
      finalizing: [expect.stringContaining('virtual services planted/held')],
      different: [],
    });
    await host.delete({ resource: resources.services, namespace: hostNamespace, name: 'copy' });
    const { different } = await audit(cluster, { timeoutMs: 0 });
    expect(different).toEqual([expect.stringMatching(/Service planted\/altered: ports is .*80.*, on the host .*81/)]);
    await host.delete({ resource: resources.services, namespace: hostNamespace, name: 'stray' });
    await virtual.patch(held, 'merge', { metadata: { finalizers: null } });
  } finally {
    process.kill(cluster.k3v().pid, 'SIGCONT');
  }
  await expectCleanAudit(cluster);
});
