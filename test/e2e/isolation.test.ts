import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podFindings } from '../../src/isolation/pod-findings.ts';
import { StatusError } from '../../src/kube/errors.ts';
import { type KubeEvent, type Namespace, type Pod, resources } from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';
import { securityArbitrary } from '../support/security-arbitrary.ts';

const count = 400;
const enforce = 'pod-security.kubernetes.io/enforce';
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27523);
});

afterAll(async () => await cluster?.stop());

async function makeNamespace(name: string, labels: Record<string, string>): Promise<void> {
  const { virtual } = cluster;
  await virtual.create<Namespace>(resources.namespaces, { metadata: { name, labels } });
  const account = { resource: resources.serviceAccounts, namespace: name, name: 'default' };
  await eventually(async () => await virtual.get(account));
}

/** Resolves with why Pod Security admission refuses the pod; undefined if it lets it pass. Rejects if the pod is no pod. */
async function refusalOf(pod: Pod): Promise<string | undefined> {
  try {
    await cluster.virtual.create(resources.pods, pod, { dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError && error.message.includes('violates PodSecurity')) return error.message;
    throw error;
  }
}

describe('the syncer and Pod Security admission are of one mind', () => {
  it.each(['baseline', 'restricted'] as const)('about %s', async (level) => {
    const namespace = `level-${level}`;
    await makeNamespace(namespace, { [enforce]: level });
    const pods = fc.sample(securityArbitrary(namespace), { numRuns: count, seed: 7 });
    const verdicts = { both: 0, none: 0, invalid: 0 };
    const disagreements: unknown[] = [];
    for (const pod of pods) {
      const findings = podFindings(pod, level);
      try {
        const refusal = await refusalOf(pod);
        if ((refusal !== undefined) !== findings.length > 0) disagreements.push({ refusal, findings, pod });
        else verdicts[refusal === undefined ? 'none' : 'both'] += 1;
      } catch {
        verdicts.invalid += 1;
      }
    }
    expect(disagreements).toEqual([]);
    // Else the generator says nothing.
    expect(verdicts.both).toBeGreaterThan(20);
    expect(verdicts.none).toBeGreaterThan(level === 'baseline' ? 20 : 2);
  });
});

const plain = { name: 'main', image: 'app' };
const podOf = (namespace: string, name: string, container: object): Pod => ({
  metadata: { name, namespace },
  spec: { containers: [{ ...plain, ...container }] },
});

it('a tenant is told by the API server, and warned of workloads whose pods will be refused', async () => {
  await makeNamespace('shop', {});
  const privileged = podOf('shop', 'p', { securityContext: { privileged: true } });
  expect(await refusalOf(privileged)).toContain('violates PodSecurity "baseline:latest": privileged');
  const kubectl = await kubectlFor(cluster.k3v().kubeconfig);
  expect(await kubectl('-n', 'shop', 'create', 'deployment', 'fine', '--image=app')).toBe(
    'deployment.apps/fine created',
  );
});

it('what slips by admission in a namespace that the tenant has loosened does not get to the host', async () => {
  const { virtual, host, translator } = cluster;
  await makeNamespace('loose', { [enforce]: 'privileged' });
  await virtual.create(resources.pods, podOf('loose', 'bad', { securityContext: { privileged: true } }));
  await virtual.create(resources.pods, podOf('loose', 'good', {}));
  const onHost = async () =>
    (await host.list<Pod>(resources.pods, { namespace: translator.hostNamespace })).items.flatMap(
      (pod) => translator.ownerOf(pod, 'Pod')?.name ?? [],
    );
  await eventually(async () => {
    const { items } = await virtual.list<KubeEvent>(resources.events, { namespace: 'loose' });
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'Warning',
        reason: 'ForbiddenByIsolation',
        message: 'isolation "baseline" keeps the pod off the host: container "main" is privileged',
      }),
    );
    expect(await onHost()).toContain('good');
  });
  expect(await onHost()).not.toContain('bad');
  await virtual.delete({ resource: resources.pods, namespace: 'loose', name: 'bad' });
  await eventually(async () =>
    expect((await virtual.list(resources.pods, { namespace: 'loose' })).items).toHaveLength(1),
  );
});
