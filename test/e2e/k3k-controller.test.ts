import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, VirtualClusterPolicy } from '../../src/k3k/types.ts';
import { k3kResources } from '../../src/k3k/types.ts';
import {
  type ConfigMap,
  type KubeEvent,
  type Namespace,
  type PersistentVolumeClaim,
  type Pod,
  type Role,
  type Secret,
  type Service,
  type StatefulSet,
  resources,
} from '../../src/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningController, startController } from '../support/k3k-controller.ts';
import { type K3kHost, startK3kHost } from '../support/k3k-host.ts';
import { leftoversOf, playWorkload } from '../support/k3k-leftovers.ts';

const patient = { timeoutMs: 120_000, everyMs: 200 };
const longMs = 300_000;
let host: K3kHost;
let controller: RunningController;

beforeAll(async () => {
  host = await startK3kHost();
}, longMs);
beforeEach(() => {
  controller = startController(host.kubeconfig);
});
afterEach(async () => await controller.stop(), 60_000);
afterAll(async () => await host?.stop(), 60_000);

const ready = ({ status }: Cluster) => expect(status).toMatchObject({ phase: 'Ready' });
const saying = (phase: string, reason: string, message: unknown) => (cluster: Cluster) =>
  expect({ phase: cluster.status?.phase, ...conditionOf(cluster) }).toMatchObject({ phase, reason, message });
const conditionOf = ({ status }: Cluster) => status?.conditions?.find(({ type }) => type === 'Ready');
const ref = (name: string, namespace = host.namespace) => ({ resource: k3kResources.clusters, namespace, name });
const statefulSet = async (name: string) => await host.get<StatefulSet>(resources.statefulSets, `k3k-${name}-server`);
const containerOf = async (name: string) => (await statefulSet(name))?.spec?.template.spec?.containers[0];

async function makeReady(name: string, spec: object, namespace: string): Promise<void> {
  await host.create(name, spec, namespace);
  await host.playServer(name, namespace);
  await host.until(name, ready, namespace);
}

async function removeCluster(name: string, namespace = host.namespace): Promise<void> {
  await host.client.delete(ref(name, namespace));
  await eventually(async () => expect(await host.get(k3kResources.clusters, name, namespace)).toBeUndefined(), patient);
  await eventually(async () => expect(await leftoversOf(host.client, namespace, name)).toEqual([]), patient);
}

describe('a Cluster', () => {
  it('becomes ready: its servers run, and their kubeconfig is there', { timeout: longMs }, async () => {
    await host.create('one');
    await host.until('one', saying('Provisioning', 'Provisioning', 'the servers have not written the kubeconfig yet'));
    await host.playServer('one');
    const { status, metadata } = await host.until('one', ready);
    const service = await host.get<Service>(resources.services, 'k3k-one-service');
    expect(status).toMatchObject({
      observedGeneration: 1,
      hostVersion: expect.stringMatching(/^v1\.36\./),
      version: 'v1.36',
      endpoint: 'https://k3k-one-service.team.svc:443',
      tlsSANs: expect.arrayContaining(['k3k-one-service.team.svc', service?.spec?.clusterIP]),
      serviceCIDR: '10.96.0.0/16,fd00:10:96::/112',
    });
    expect(metadata.finalizers).toEqual(['cluster.k3k.io/finalizer']);
    const token = await host.get<Secret>(resources.secrets, 'k3k-one-token');
    expect(Buffer.from(token?.data?.['token'] ?? '', 'base64').toString()).toMatch(/^[0-9a-f]{32}$/);
  });

  it('that stands is not written to, nor is anything of it, also by another controller', {
    timeout: longMs,
  }, async () => {
    await eventually(async () => expect(await controller.looks()).toBeGreaterThan(0), patient);
    expect(await controller.writes()).toBe(0);
    const before = await controller.looks();
    const pod = { resource: resources.pods, namespace: host.namespace, name: 'k3k-one-server-0' };
    await host.client.patch(pod, 'merge', { metadata: { annotations: { seen: 'true' } } });
    await eventually(async () => expect(await controller.looks()).toBeGreaterThan(before), patient);
    expect(await controller.writes()).toBe(0);
  });

  it('has again what others delete or change', { timeout: longMs }, async () => {
    const of = (name: string) => ({ namespace: host.namespace, name });
    const serviceRef = { resource: resources.services, ...of('k3k-one-service') };
    const { metadata } = await host.client.get<Service>(serviceRef);
    await host.client.delete(serviceRef);
    await eventually(async () => {
      const service = await host.client.get<Service>(serviceRef);
      expect(service.metadata.uid).not.toBe(metadata.uid);
      // Its address stands in the certificate of the servers.
      expect((await containerOf('one'))?.args).toContain(`--tls-san=${service.spec?.clusterIP}`);
    }, patient);
    await host.client.patch({ resource: resources.statefulSets, ...of('k3k-one-server') }, 'json', [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'theirs:1' },
      { op: 'replace', path: '/spec/template/spec/containers/0/args', value: ['--help'] },
    ]);
    await eventually(async () => {
      expect(await containerOf('one')).toMatchObject({ image: 'k3v:1', args: expect.arrayContaining(['--id=one']) });
    }, patient);
    await host.client.patch({ resource: resources.roles, ...of('k3k-one-server') }, 'json', [
      { op: 'add', path: '/rules/-', value: { apiGroups: [''], resources: ['nodes'], verbs: ['get'] } },
    ]);
    await eventually(async () => {
      const role = await host.get<Role>(resources.roles, 'k3k-one-server');
      expect(JSON.stringify(role?.rules)).not.toContain('nodes');
    }, patient);
    await host.until('one', ready);
  });

  it('follows its spec, also where something has left it', { timeout: longMs }, async () => {
    const envOf = async () => (await containerOf('one'))?.env?.map(({ name }) => name);
    await host.change('one', { serverEnvs: [{ name: 'A', value: 'b' }], mirrorHostNodes: true });
    await eventually(async () => expect(await envOf()).toEqual(['POD_IP', 'A']), patient);
    await eventually(async () => expect(await host.get(resources.clusterRoles, 'k3k:team:one')).toBeDefined(), patient);
    await host.until('one', ready);
    await host.change('one', { serverEnvs: null, mirrorHostNodes: null });
    await eventually(async () => expect(await envOf()).toEqual(['POD_IP']), patient);
    await eventually(
      async () => expect(await host.get(resources.clusterRoles, 'k3k:team:one')).toBeUndefined(),
      patient,
    );
    await host.until('one', ready);
  });

  it('has its servers made anew where they cannot be changed, with the pods and the volumes that there are', {
    timeout: longMs,
  }, async () => {
    const [before, volume] = [
      await statefulSet('one'),
      await host.get<PersistentVolumeClaim>(resources.persistentVolumeClaims, 'data-k3k-one-server-0'),
    ];
    await host.change('one', { persistence: { storageClassName: 'kwok' } });
    await eventually(async () => {
      const after = await statefulSet('one');
      expect(after?.spec?.volumeClaimTemplates?.[0]?.spec?.storageClassName).toBe('kwok');
      expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    }, patient);
    const same = await host.get<PersistentVolumeClaim>(resources.persistentVolumeClaims, 'data-k3k-one-server-0');
    expect(same?.metadata.uid).toBe(volume?.metadata.uid);
    await host.until('one', ready);
  });

  it('that is paused has no pods, and all else; and comes back', { timeout: longMs }, async () => {
    const pause = async (paused: string | null) =>
      await host.client.patch(ref('one'), 'merge', { metadata: { annotations: { 'k3k.io/paused': paused } } });
    await pause('true');
    await host.until('one', saying('Pending', 'Paused', expect.stringContaining('paused')));
    expect(await host.get<Pod>(resources.pods, 'k3k-one-server-0')).toBeUndefined();
    await pause(null);
    await host.until('one', ready);
  });

  it('says what is wrong with it, in its status and in an event, and goes on running as it was', {
    timeout: longMs,
  }, async () => {
    await host.change('one', { expose: { ingress: {} } });
    const message = 'expose.ingress needs a DNS name among tlsSANs: it is the host of the Ingress';
    await host.until('one', saying('Pending', 'ValidationFailed', message));
    await eventually(async () => {
      const { items } = await host.client.list<KubeEvent>(resources.events, { namespace: host.namespace });
      expect(items.map((event) => event.message)).toContain(message);
    }, patient);
    expect((await statefulSet('one'))?.status?.readyReplicas).toBe(1);
    await host.change('one', { expose: null });
    await host.until('one', ready);
  });

  it('goes with all that was made of it, of its tenant, too', { timeout: longMs }, async () => {
    await playWorkload(host.client, host.namespace, 'one');
    expect((await leftoversOf(host.client, host.namespace, 'one')).length).toBeGreaterThan(10);
    await removeCluster('one');
  });

  it('goes wherever its making has come to', { timeout: longMs }, async () => {
    for (const name of ['half-a', 'half-b', 'half-c']) await host.create(name, { mirrorHostNodes: true });
    await eventually(
      async () => expect(await host.get(resources.services, 'k3k-half-b-service')).toBeDefined(),
      patient,
    );
    for (const name of ['half-a', 'half-b', 'half-c']) await removeCluster(name);
  });
});

describe('the name of a Cluster', () => {
  it('has to fit into names of pods', async () => {
    for (const name of ['a'.repeat(41), 'a.b']) {
      await expect(host.create(name)).rejects.toThrow('the name of a cluster has at most 40 of a-z, 0-9 and -');
    }
  });

  it('may not be the id of another k3v in the namespace, whose objects then stay', { timeout: longMs }, async () => {
    await playWorkload(host.client, host.namespace, 'theirs');
    await host.create('theirs');
    await host.until('theirs', saying('Pending', 'ValidationFailed', expect.stringContaining('ID_TAKEN: another k3v')));
    await host.client.delete(ref('theirs'));
    await eventually(async () => expect(await host.get(k3kResources.clusters, 'theirs')).toBeUndefined(), patient);
    expect(await host.get<ConfigMap>(resources.configMaps, 'k3v-theirs')).toBeDefined();
    expect(await leftoversOf(host.client, host.namespace, 'theirs')).toHaveLength(3);
  });
});

describe('a namespace that was made for one Cluster', () => {
  it('goes with it', { timeout: longMs }, async () => {
    const metadata = { name: 'k3k-own', labels: { 'k3k.io/namespace-of': 'own' } };
    await host.client.create<Namespace>(resources.namespaces, { metadata });
    await makeReady('own', {}, 'k3k-own');
    await host.client.delete(ref('own', 'k3k-own'));
    await eventually(async () => expect(await host.get(resources.namespaces, 'k3k-own')).toBeUndefined(), patient);
  });

  it('stays where the data are to be kept, and the next Cluster of the name has them', {
    timeout: longMs,
  }, async () => {
    const metadata = { name: 'k3k-kept', labels: { 'k3k.io/namespace-of': 'kept' } };
    await host.client.create<Namespace>(resources.namespaces, { metadata });
    await makeReady('kept', {}, 'k3k-kept');
    const volume = async () =>
      await host.get<PersistentVolumeClaim>(resources.persistentVolumeClaims, 'data-k3k-kept-server-0', 'k3k-kept');
    const token = async () => (await host.get<Secret>(resources.secrets, 'k3k-kept-token', 'k3k-kept'))?.data;
    const [before, secret] = [await volume(), await token()];
    await host.client.patch(ref('kept', 'k3k-kept'), 'merge', {
      metadata: { annotations: { 'k3k.io/keep-data': 'true' } },
    });
    await host.client.delete(ref('kept', 'k3k-kept'));
    await eventually(async () => {
      expect(await host.get(k3kResources.clusters, 'kept', 'k3k-kept')).toBeUndefined();
      expect(await leftoversOf(host.client, 'k3k-kept', 'kept')).toEqual([
        'persistentvolumeclaims/data-k3k-kept-server-0',
        'secrets/k3k-kept-token',
      ]);
    }, patient);
    await makeReady('kept', {}, 'k3k-kept');
    expect((await volume())?.metadata.uid).toBe(before?.metadata.uid);
    expect(await token()).toEqual(secret);
  });
});

describe('a policy', () => {
  it('wins over what Clusters of its namespaces say, and says so in their status', { timeout: longMs }, async () => {
    const policy: VirtualClusterPolicy = {
      apiVersion: 'k3k.io/v1beta1',
      kind: 'VirtualClusterPolicy',
      metadata: { name: 'teams' },
      spec: {
        allowedMode: 'shared',
        defaultNodeSelector: { 'kubernetes.io/os': 'linux' },
        sync: { ingresses: { enabled: false } },
      },
    };
    const metadata = { name: 'governed', labels: { 'policy.k3k.io/policy-name': 'teams' } };
    await host.client.create<Namespace>(resources.namespaces, { metadata });
    await host.create('two', { sync: { ingresses: { enabled: true } }, nodeSelector: { disk: 'ssd' } }, 'governed');
    const missing = 'the policy teams, which the namespace names, is not there';
    await host.until('two', saying('Pending', 'ValidationFailed', missing), 'governed');
    await host.client.create(k3kResources.policies, policy);
    await host.playServer('two', 'governed');
    const { status } = await host.until('two', ready, 'governed');
    expect(status).toMatchObject({
      policyName: 'teams',
      policy: { name: 'teams', nodeSelector: { 'kubernetes.io/os': 'linux' } },
    });
    const server = await host.get<StatefulSet>(resources.statefulSets, 'k3k-two-server', 'governed');
    const pod = server?.spec?.template.spec;
    expect(pod?.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' });
    expect(pod?.containers[0]?.args).toContain('--pod-node-selector=kubernetes.io/os=linux');
    expect(pod?.containers[0]?.args?.join()).not.toContain('--sync');
    await removeCluster('two', 'governed');
  });
});
