import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Deployment,
  type KubeEvent,
  type LimitRange,
  type Namespace,
  type Pod,
  type ResourceQuota,
  resources,
} from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';

const quota = ['--quota', 'pods=6,cpu=2,services=5'];
const patient = { timeoutMs: 90_000, everyMs: 250 };
let cluster: EmbeddedCluster;
let kubectl: (...args: string[]) => Promise<string>;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27530, { flags: quota });
  kubectl = await kubectlFor(cluster.k3v().kubeconfig);
  for (const name of ['shop', 'bank']) {
    await cluster.virtual.create<Namespace>(resources.namespaces, { metadata: { name } });
    const account = { resource: resources.serviceAccounts, namespace: name, name: 'default' };
    await eventually(async () => await cluster.virtual.get(account));
    await untilCounted(name);
  }
});

afterAll(async () => await cluster?.stop());

async function quotaOf(namespace: string): Promise<ResourceQuota> {
  return await cluster.virtual.get({ resource: resources.resourceQuotas, namespace, name: 'k3v' });
}

async function untilCounted(namespace: string): Promise<void> {
  await eventually(async () => {
    if (!(await quotaOf(namespace)).status?.hard) throw new Error('not counted yet');
  }, patient);
}

async function hostPods(): Promise<Pod[]> {
  const { items } = await cluster.host.list<Pod>(resources.pods, { namespace: cluster.translator.hostNamespace });
  return items.filter((pod) => cluster.translator.ownerOf(pod, 'Pod') !== undefined);
}

async function podsOf(namespace: string): Promise<Pod[]> {
  return (await cluster.virtual.list<Pod>(resources.pods, { namespace })).items;
}

const podOf = (namespace: string, name: string, cpu = '10m'): Pod => ({
  metadata: { name, namespace },
  spec: {
    containers: [{ name: 'main', image: 'app', resources: { requests: { cpu } } }],
    terminationGracePeriodSeconds: 0,
  },
});

async function deploy(namespace: string, replicas: number): Promise<void> {
  const labels = { app: 'web' };
  const { spec } = podOf(namespace, 'web');
  await cluster.virtual.create<Deployment>(resources.deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, ...(spec ? { spec } : {}) },
    },
  });
}

describe('a tenant', () => {
  it('sees the quota in every namespace, and is told in the words of Kubernetes', async () => {
    const shown = await kubectl('get', 'resourcequota', '-A');
    for (const namespace of ['default', 'kube-system', 'shop', 'bank']) {
      expect(shown).toMatch(new RegExp(`^${namespace} +k3v +cpu: 0/2, pods: 0/6, services: \\d/\\d`, 'm'));
    }
    await expect(
      cluster.virtual.create(resources.pods, podOf('shop', 'big', '2500m'), { dryRun: true }),
    ).rejects.toMatchObject({
      code: 403,
      message: 'pods "big" is forbidden: exceeded quota: k3v, requested: cpu=2500m, used: cpu=0, limited: cpu=2',
    });
    const refusal = kubectl(
      '-n',
      'shop',
      'run',
      'big',
      '--image=app',
      `--overrides=${JSON.stringify(podOf('shop', 'big', '3'))}`,
    );
    await expect(refusal).rejects.toMatchObject({
      stderr: expect.stringContaining('exceeded quota: k3v, requested: cpu=3, used: cpu=0, limited: cpu=2'),
    });
  });

  it('who says nothing of what a container needs gets it from the LimitRange', async () => {
    expect(await kubectl('-n', 'bank', 'run', 'small', '--image=app')).toBe('pod/small created');
    const small = { resource: resources.pods, namespace: 'bank', name: 'small' };
    const { spec } = await cluster.virtual.get<Pod>(small);
    expect(spec?.containers[0]?.resources).toEqual({ requests: { cpu: '100m' } });
    await kubectl('-n', 'bank', 'delete', 'pod', 'small', '--now');
  });

  it('who deploys in two namespaces gets as many pods as the whole allows', async () => {
    await Promise.all([deploy('shop', 5), deploy('bank', 5)]);
    await eventually(async () => {
      expect((await hostPods()).filter(({ status }) => status?.phase === 'Running')).toHaveLength(6);
      const [shop, bank] = await Promise.all([quotaOf('shop'), quotaOf('bank')]);
      const usedBy = ({ status }: ResourceQuota) => Number(status?.used?.['pods']);
      // What one has, the other lacks.
      expect(Number(shop.status?.hard?.['pods'])).toBe(6 - usedBy(bank));
      expect(Number(bank.status?.hard?.['pods'])).toBe(6 - usedBy(shop));
    }, patient);
  });

  it('who deletes the quota, or makes it their own, gets no more', async () => {
    const slip = async (namespace: string) =>
      await Promise.allSettled(
        [1, 2, 3].map((n) => cluster.virtual.create(resources.pods, podOf(namespace, `slip${n}`))),
      );
    await kubectl('-n', 'shop', 'delete', 'resourcequota', 'k3v');
    await slip('shop');
    await untilCounted('shop');
    await kubectl('-n', 'bank', 'label', 'resourcequota', 'k3v', 'k3v.io/managed-');
    const ref = { resource: resources.resourceQuotas, namespace: 'bank', name: 'k3v' };
    await cluster.virtual.patch(ref, 'merge', { spec: { hard: { pods: '1000' } } });
    await eventually(async () => expect((await quotaOf('bank')).status?.hard?.['pods']).toBe('1k'), patient);
    expect((await slip('bank')).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    const waiting = async () =>
      [...(await podsOf('shop')), ...(await podsOf('bank'))].filter(({ status }) => status?.phase === 'Pending');
    await eventually(async () => {
      const names = new Set((await waiting()).map(({ metadata }) => metadata.name));
      expect(names.size).toBeGreaterThanOrEqual(3);
      const { items } = await cluster.virtual.list<KubeEvent>(resources.events);
      const told = items.filter(({ reason }) => reason === 'QuotaExceeded');
      expect(new Set(told.map(({ involvedObject }) => involvedObject.name))).toEqual(names);
      expect(told[0]?.message).toMatch(/requested: pods=1, used: pods=6, limited: pods=6/);
    }, patient);
    expect(await hostPods()).toHaveLength(6);
    await cluster.virtual.delete(ref);
    await eventually(async () => expect(Number((await quotaOf('bank')).spec?.hard?.['pods'])).toBeLessThanOrEqual(6));
  });

  it('who makes room gets what waited', async () => {
    const waiting = [...(await podsOf('shop')), ...(await podsOf('bank'))].filter(({ metadata }) =>
      metadata.name.startsWith('slip'),
    );
    for (const namespace of ['shop', 'bank'])
      await kubectl('-n', namespace, 'scale', 'deployment', 'web', '--replicas=0');
    await eventually(async () => {
      const owners = (await hostPods()).map((pod) => cluster.translator.ownerOf(pod, 'Pod'));
      const names = owners.map((owner) => owner && `${owner.namespace}/${owner.name}`);
      expect(new Set(names)).toEqual(new Set(waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)));
    }, patient);
  });
});

it('without the option all of it goes, and what waited is made', async () => {
  await kubectl('-n', 'shop', 'scale', 'deployment', 'web', '--replicas=8');
  await cluster.restart(async () => void cluster.args.splice(cluster.args.indexOf('--quota'), 2));
  await eventually(async () => {
    expect((await cluster.virtual.list<ResourceQuota>(resources.resourceQuotas)).items).toEqual([]);
    expect((await cluster.virtual.list<LimitRange>(resources.limitRanges)).items).toEqual([]);
    const running = (await podsOf('shop')).filter(({ status }) => status?.phase === 'Running');
    expect(running.length).toBeGreaterThanOrEqual(8);
  }, patient);
});
