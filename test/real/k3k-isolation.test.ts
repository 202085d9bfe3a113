import { afterAll, beforeAll, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import { applyWith } from '../support/apply.ts';
import { describeOnK3vHost } from '../support/describe-on-k3v-host.ts';
import { eventually } from '../support/eventually.ts';
import { type K3kRealHost, startK3kRealHost } from '../support/k3k-real-host.ts';
import { type Kubectl, waitFlag as wait } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 500 };
const requests = { cpu: '100m', memory: '256Mi' };

describeOnK3vHost('two Clusters, where NetworkPolicies are enforced,', (startHost) => {
  let k3k: K3kRealHost;
  const names = ['red', 'blue'] as const;
  const tenants: Record<string, Kubectl> = {};
  const addresses: Record<string, string> = {};

  beforeAll(async () => {
    k3k = await startK3kRealHost(async () => await startHost({ networkPolicies: true }));
    for (const name of names) {
      await k3k.host('create', 'namespace', name);
      const spec = { persistence: { type: 'ephemeral' }, serverResources: { requests } };
      await k3k.create({ namespace: name, name, spec });
    }
    for (const name of names) {
      await k3k.untilReady(name, name);
      const tenant = await k3k.answering(name, name);
      tenants[name] = tenant;
      const container = { name: 'main', image: images.agnhost, imagePullPolicy: 'Never', args: ['netexec'] };
      await applyWith(
        tenant,
        k3k.folder,
        ['web', 'other'].map((pod) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: pod },
          spec: { containers: [container], terminationGracePeriodSeconds: 0 },
        })),
      );
      await tenant('wait', 'pod/web', 'pod/other', '--for=condition=Ready', wait);
      addresses[name] = await tenant('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
    }
  });

  afterAll(async () => await k3k?.stop());

  /** Whether a pod of `from` gets a connection to the pod `web` of `to`; rejects with what it said otherwise. */
  const ask = async (from: string, to: string) =>
    await tenants[from]?.('exec', 'other', '--', '/agnhost', 'connect', `${addresses[to]}:8080`, '--timeout=3s');

  it('reach their own pods, and not those of the other', async () => {
    for (const name of names) await eventually(async () => expect(await ask(name, name)).toBe(''), patience);
    await expect(ask('red', 'blue')).rejects.toThrow('TIMEOUT');
    await expect(ask('blue', 'red')).rejects.toThrow('TIMEOUT');
  });

  it('have pods that reach their API server, and names by their DNS', async () => {
    const said = await tenants['red']?.('exec', 'other', '--', 'nslookup', 'kubernetes.default.svc.cluster.local');
    expect(said).toContain('Name:');
  });

  it('go on with three servers when the one that leads and a member of its etcd are lost', async () => {
    await k3k.host('create', 'namespace', 'three');
    const where = ['three', 'ha'] as const;
    await k3k.create({ namespace: 'three', name: 'ha', spec: { servers: 3, serverResources: { requests } } });
    await k3k.untilReady(...where);
    const tenant = await k3k.answering(...where);
    await tenant('create', 'configmap', 'kept', '--from-literal=colour=red');
    const leader = async () => {
      const holder = await tenant(
        '-n',
        'kube-system',
        'get',
        'lease',
        'k3v-syncer',
        '-o',
        'jsonpath={.spec.holderIdentity}',
      );
      return /k3k-ha-server-\d/.exec(holder)?.[0] ?? '';
    };
    const first = await leader();
    expect(first).toMatch(/^k3k-ha-server-[0-2]$/);
    await k3k.host('-n', 'three', 'delete', 'pod', first, 'k3k-ha-etcd-1', '--grace-period=0', '--force');
    await eventually(
      async () => expect(await tenant('get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept'),
      patience,
    );
    // Whoever leads then: it may come back before the others have seen that it was gone.
    const container = { name: 'main', image: images.agnhost, imagePullPolicy: 'Never', args: ['pause'] };
    await applyWith(tenant, k3k.folder, [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'after' }, spec: { containers: [container] } },
    ]);
    await tenant('wait', 'pod/after', '--for=condition=Ready', wait);
    await k3k.untilReady(...where);
  }, 480_000);
});
