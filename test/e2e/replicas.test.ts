import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lease, type Pod, type Service, resources } from '../../src/kube/types.ts';
import { type StartDatastore, describeOnDatastores } from '../support/describe-on-datastores.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor, runK3v } from '../support/k3v-process.ts';
import { type ReplicaSet, startReplicaSet } from '../support/replica-set.ts';

const patience = { timeoutMs: 120_000, everyMs: 200 };
const port = 27_640;

describeOnDatastores('two replicas', testReplicas, ['PostgreSQL']);

function testReplicas(startDatastore: StartDatastore): void {
  let set: ReplicaSet;
  beforeAll(async () => {
    set = await startReplicaSet(port, { count: 2, startDatastore });
  });
  afterAll(async () => await set?.stop());

  const hostService = async (name: string) => {
    const hostName = set.translator.hostName('Service', 'default', name);
    return await set.host.get<Service>({ resource: resources.services, namespace: 'team', name: hostName });
  };
  const statusOf = async (folder: string) => (await runK3v(folder, ['status'])).stdout;

  it('have one leader, of which both know, and keep one kubeconfig good for both', async () => {
    const { leading, following } = await set.leader();
    const [other] = following;
    await eventually(async () => {
      expect(await statusOf(leading.folder)).toMatch(new RegExp(`replica +${leading.identity}, leads`));
      expect(await statusOf(other?.folder ?? '')).toMatch(
        new RegExp(`replica +${other?.identity}, follows ${leading.identity}`),
      );
    }, patience);
    const kubectl = await kubectlFor(leading.k3v().kubeconfig);
    const server = `https://127.0.0.1:${other?.listenPort}`;
    expect(await kubectl('--server', server, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe(
      'kubernetes-admin',
    );
  });

  it('give a Service that is made through the follower the address of the host from its first moment', async () => {
    const { following } = await set.leader();
    const [other] = following;
    const kubectl = await kubectlFor(other?.k3v().kubeconfig ?? '');
    const made = await kubectl('create', 'service', 'clusterip', 'api', '--tcp=80', '-o', 'jsonpath={.spec.clusterIP}');
    expect((await hostService('api')).spec?.clusterIP).toBe(made);
    const uid = await kubectl('get', 'service', 'api', '-o', 'jsonpath={.metadata.uid}');
    await eventually(
      async () => expect((await hostService('api')).metadata.annotations?.['k3v.io/owner-uid']).toBe(uid),
      patience,
    );
  });

  it('both reach what the API server dials into the cluster', async () => {
    for (const { client } of set.replicas) {
      const node = await eventually(async () => {
        const [found] = (await client.list<Pod>(resources.nodes)).items;
        return found?.metadata.name ?? Promise.reject(new Error('no node'));
      }, patience);
      expect(await client.request('GET', `/api/v1/nodes/${node}/proxy/healthz`)).toBe('ok');
    }
  });

  it('hand over at once when the leader is asked to stop, and go on with what it had begun', async () => {
    const { leading, following } = await set.leader();
    const [next] = following;
    if (!next) throw new Error('nobody follows');
    const kubectl = await kubectlFor(next.k3v().kubeconfig);
    await kubectl('create', 'deployment', 'web', '--image=nginx', '--replicas=3');
    const before = await set.lease(next.client);
    expect(await leading.k3v().end('SIGTERM')).toBe(0);
    const after = await eventually(async () => {
      const lease = await set.lease(next.client);
      expect(lease.spec?.holderIdentity).toBe(next.identity);
      return lease;
    }, patience);
    // Whoever has to wait for the end of a Lease waits for ten seconds from its last renewal, which was not before that one was read.
    const waited = Date.parse(after.spec?.acquireTime ?? '') - Date.parse(before.spec?.renewTime ?? '');
    expect(waited).toBeLessThan(1000 * (before.spec?.leaseDurationSeconds ?? 0));
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=120s');
    await leading.start();
    const replicas = async () =>
      (await set.virtual.list<Lease>(resources.leases, { labelSelector: 'k3v.io/replica' })).items;
    await eventually(async () => expect(await replicas()).toHaveLength(2), patience);
  });

  it('refuse one more than --replicas says, and one with another id', async () => {
    const { args, env } = set.argsFor(port + 21);
    const run = async (name: string, ...more: string[]) =>
      await runK3v(await set.newFolder(name), [...args, '--distro', 'kubernetes', ...more], env);
    const third = await run('third');
    expect(third.stderr).toContain('REPLICAS_EXCEEDED');
    for (const { identity } of set.replicas) expect(third.stderr).toContain(identity);
    const stranger = await run('stranger', '--id', 'other');
    expect(stranger.stderr).toContain('DATASTORE_TAKEN');
    const secrets = (await set.host.list(resources.secrets, { namespace: 'team' })).items;
    expect(secrets.map(({ metadata }) => metadata.name)).toContain('k3v-default-keys');
    expect(secrets.map(({ metadata }) => metadata.name)).not.toContain('k3v-other-keys');
  });

  it('come back in an empty data directory, with the keys of before', async () => {
    const { following } = await set.leader();
    const [other] = following;
    if (!other) throw new Error('nobody follows');
    await other.k3v().end('SIGKILL');
    const kubectl = await kubectlFor(other.k3v().kubeconfig);
    const { args, env } = set.argsFor(other.listenPort);
    const folder = await set.newFolder('elsewhere');
    await set.startOne(folder, args, env);
    expect(await kubectl('get', 'service', 'api', '-o', 'jsonpath={.metadata.name}')).toBe('api');
    expect(await statusOf(folder)).toContain(join(folder, 'kubeconfig.yaml'));
  });
}
