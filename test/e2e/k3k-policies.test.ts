import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crdFiles, crdFolder } from '../../packaging/chart/crd-files.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { createController } from '../../src/k3k/controller.ts';
import { policyFinalizer, policyLabel, policyManagedLabel } from '../../src/k3k/names.ts';
import { type Cluster, k3kResources, type VirtualClusterPolicy } from '../../src/k3k/types.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ifFound } from '../../src/kube/errors.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import {
  type LimitRange,
  type Namespace,
  type Pod,
  type Resource,
  type ResourceQuota,
  apiVersionOf,
  resources,
} from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { createControllerMetrics } from '../../src/metrics/controller-metrics.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';

const enforce = 'pod-security.kubernetes.io/enforce';
const patient = { timeoutMs: 60_000, everyMs: 100 };
const root = join(import.meta.dirname, '../..');
let folder: string;
let host: EmbeddedHost;
let client: StreamingKubeClient;
let controller: Controller;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-policies-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  host = await startEmbeddedHost({ ...environment, dataDir: join(folder, 'host') }, new AbortController().signal);
  client = clientOf(host.kubeconfigPath);
  const kubectl = await kubectlFor(host.kubeconfigPath);
  for (const name of (await crdFiles(client)).keys()) await kubectl('apply', '-f', join(root, crdFolder, name));
  await kubectl('wait', '--for=condition=Established', 'crd/clusters.k3k.io', 'crd/virtualclusterpolicies.k3k.io');
  controller = await startController();
});

afterAll(async () => {
  await controller?.stop();
  client?.close();
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Controller {
  /** Resolves with what it has written, as `patch resourcequotas/one/k3k-teams`, when it has looked at a policy after `work`. */
  writesWhen(work: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

/** The controller, with its writes recorded. */
async function startController(): Promise<Controller> {
  const end = new AbortController();
  const own = clientOf(host.kubeconfigPath);
  const writes: string[] = [];
  const recorded = (verb: 'patch' | 'delete'): Partial<KubeClient> => ({
    [verb]: (ref: { resource: Resource; namespace?: string; name: string }, ...rest: unknown[]) => {
      writes.push(`${verb} ${[ref.resource.plural, ref.namespace, ref.name].filter(Boolean).join('/')}`);
      return Reflect.apply(own[verb], own, [ref, ...rest]) as unknown;
    },
  });
  let looks = 0;
  const reconciled = (kind: string, result: string) => {
    if (kind === 'policy' && result === 'success') looks += 1;
  };
  const controller = createController({
    client: { ...own, ...recorded('patch'), ...recorded('delete') },
    namespace: 'default',
    watchNamespace: undefined,
    images: { k3v: 'k3v:1', k3s: 'k3s', etcd: 'etcd:1', pullPolicy: undefined, pullSecrets: [] },
    podCidrs: [],
    identity: undefined,
    workers: 1,
    metrics: { ...createControllerMetrics(), reconciled },
    log: silentLog,
  });
  const running = controller.run(end.signal);
  return {
    async writesWhen(work) {
      const before = writes.length;
      const times = looks;
      await work();
      await eventually(() => expect(looks).toBeGreaterThan(times), patient);
      return writes
        .slice(before)
        .filter((write) => /^\w+ (resourcequotas|limitranges|namespaces|virtualcl)/.test(write));
    },
    async stop() {
      end.abort(new Error('the end'));
      await running;
      own.close();
    },
  };
}

const typed = (resource: Resource) => ({ apiVersion: apiVersionOf(resource), kind: resource.kind });

async function makeNamespace(name: string, labels: Record<string, string> = {}): Promise<void> {
  await client.create<Namespace>(resources.namespaces, { metadata: { name, labels } });
  await eventually(
    async () => await client.get({ resource: resources.serviceAccounts, namespace: name, name: 'default' }),
    patient,
  );
}
const label = async (name: string, labels: Record<string, string | null>) =>
  await client.patch({ resource: resources.namespaces, name }, 'merge', { metadata: { labels } });
const namespace = async (name: string) => await client.get<Namespace>({ resource: resources.namespaces, name });
const labelsOf = async (name: string) => (await namespace(name)).metadata.labels ?? {};
const quota = async (of: string, policy = 'teams') =>
  await ifFound(
    client.get<ResourceQuota>({ resource: resources.resourceQuotas, namespace: of, name: `k3k-${policy}` }),
  );
const limits = async (of: string) =>
  await ifFound(client.get<LimitRange>({ resource: resources.limitRanges, namespace: of, name: 'k3k-teams' }));
const policyOf = async (name = 'teams') =>
  await client.get<VirtualClusterPolicy>({ resource: k3kResources.policies, name });
const policyInStatus = async () =>
  (await client.get<Cluster>({ resource: k3kResources.clusters, namespace: 'one', name: 'a' })).status?.policyName;
const setPolicy = async (spec: object, name = 'teams') =>
  await client.patch<VirtualClusterPolicy>({ resource: k3kResources.policies, name }, 'merge', { spec });
const podOf = (name: string, container: object = {}): Pod => ({
  metadata: { name, namespace: 'two' },
  spec: { containers: [{ name: 'main', image: 'registry.example/app', ...container }] },
});
const refusalOf = async (pod: Pod) =>
  await client.create(resources.pods, pod).then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
/** What a namespace has of any policy. */
const remains = async (name: string) => ({
  labels: Object.keys(await labelsOf(name)).filter((key) => /pod-security|managed-by-policy/.test(key)),
  annotations: Object.keys((await namespace(name)).metadata.annotations ?? {}).filter((key) => key.includes('k3k.io')),
  quota: await quota(name),
  limits: await limits(name),
});
const nothing = { labels: [], annotations: [], quota: undefined, limits: undefined };

describe('a policy', () => {
  it('comes into force in the namespaces that have its label, and says in how many', async () => {
    await makeNamespace('one', { [policyLabel]: 'teams' });
    await makeNamespace('two', { [policyLabel]: 'teams', [enforce]: 'restricted' });
    await makeNamespace('other');
    const cluster: Cluster = {
      ...typed(k3kResources.clusters),
      metadata: { name: 'a', namespace: 'one' },
      spec: { mode: 'shared', servers: 1, agents: 0, persistence: { type: 'ephemeral' } },
    };
    await client.create(k3kResources.clusters, cluster);
    await client.create<VirtualClusterPolicy>(k3kResources.policies, {
      ...typed(k3kResources.policies),
      metadata: { name: 'teams' },
      spec: {
        allowedMode: 'shared',
        quota: { hard: { pods: '2', 'requests.cpu': '1000m' } },
        limit: { limits: [{ type: 'Container', default: { cpu: '1000m' }, defaultRequest: { cpu: '0.1' } }] },
        podSecurityAdmissionLevel: 'baseline',
      },
    });
    await eventually(async () => {
      const { status, metadata } = await policyOf();
      expect(status).toMatchObject({ observedGeneration: metadata.generation, summary: '2 namespaces, 1 cluster' });
      expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
      expect(metadata.finalizers).toEqual([policyFinalizer]);
    }, patient);
    for (const name of ['one', 'two']) {
      expect((await quota(name))?.spec?.hard).toEqual({ pods: '2', 'requests.cpu': '1' });
      expect((await limits(name))?.metadata.labels).toEqual({ [policyManagedLabel]: 'teams' });
      expect((await labelsOf(name))[enforce]).toBe('baseline');
    }
    expect(await remains('other')).toEqual(nothing);
    await eventually(async () => expect(await policyInStatus()).toBe('teams'), patient);
  });

  it('has the host refuse what it forbids: a privileged pod, and a third one', async () => {
    expect(await refusalOf(podOf('root', { securityContext: { privileged: true } }))).toContain(
      'violates PodSecurity "baseline:latest"',
    );
    expect(await refusalOf(podOf('first'))).toBe('nothing');
    expect(await refusalOf(podOf('second'))).toBe('nothing');
    await eventually(async () => {
      expect(await refusalOf(podOf('third'))).toContain('exceeded quota: k3k-teams');
    }, patient);
  });

  it('writes nothing while nothing changes, nor after a restart', async () => {
    const touch = async (name: string) => await label(name, { looked: 'at' });
    expect(await controller.writesWhen(async () => await touch('one'))).toEqual([]);
    const before = (await policyOf()).metadata.resourceVersion;
    await controller.stop();
    controller = await startController();
    expect(await controller.writesWhen(async () => await touch('two'))).toEqual([]);
    expect((await policyOf()).metadata.resourceVersion).toBe(before);
  });

  it('is put back where somebody changes or deletes what it made', async () => {
    await client.delete({ resource: resources.limitRanges, namespace: 'one', name: 'k3k-teams' });
    const wider = { spec: { hard: { pods: '200' } } };
    await client.patch({ resource: resources.resourceQuotas, namespace: 'two', name: 'k3k-teams' }, 'merge', wider);
    await label('one', { [enforce]: 'privileged' });
    await eventually(async () => {
      expect((await quota('two'))?.spec?.hard?.['pods']).toBe('2');
      expect(await limits('one')).toBeDefined();
      expect((await labelsOf('one'))[enforce]).toBe('baseline');
    }, patient);
  });

  it('follows what it says: another level, less in the quota, no limits', async () => {
    await setPolicy({
      quota: { hard: { 'requests.cpu': null } },
      limit: null,
      podSecurityAdmissionLevel: 'privileged',
    });
    await eventually(async () => {
      expect((await quota('one'))?.spec?.hard).toEqual({ pods: '2' });
      expect(await limits('one')).toBeUndefined();
      const labels = await labelsOf('one');
      expect(labels[enforce]).toBe('privileged');
      expect(labels['pod-security.kubernetes.io/warn']).toBeUndefined();
    }, patient);
  });

  it('that the host does not take says so in its status, and is in force where it can be', async () => {
    await setPolicy({ limit: { limits: [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }] } });
    await eventually(async () => {
      const ready = (await policyOf()).status?.conditions?.find(({ type }) => type === 'Ready');
      expect(ready).toMatchObject({ status: 'False', reason: 'NotInForce' });
      expect(ready?.message).toContain('min value 2 is greater than max value 1');
    }, patient);
    await setPolicy({ limit: null });
    await eventually(async () => {
      expect((await policyOf()).status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
    }, patient);
  });
});

describe('what a policy did in a namespace', () => {
  it('is undone where the label is taken off, and what was there before is there again', async () => {
    await label('two', { [policyLabel]: null });
    await eventually(async () => {
      expect(await remains('two')).toEqual({ ...nothing, labels: [enforce] });
      expect((await labelsOf('two'))[enforce]).toBe('restricted');
      expect((await policyOf()).status?.summary).toBe('1 namespace, 1 cluster');
    }, patient);
  });

  it('is undone where that happened while no controller ran', async () => {
    await label('two', { [policyLabel]: 'teams' });
    await eventually(async () => expect(await quota('two')).toBeDefined(), patient);
    await controller.stop();
    await label('two', { [policyLabel]: null });
    controller = await startController();
    await eventually(async () => expect(await remains('two')).toEqual({ ...nothing, labels: [enforce] }), patient);
  });

  it('gives way to what another policy says that takes its place', async () => {
    await client.create<VirtualClusterPolicy>(k3kResources.policies, {
      ...typed(k3kResources.policies),
      metadata: { name: 'strict' },
      spec: {
        allowedMode: 'shared',
        quota: { hard: { pods: '1' } },
        podSecurityAdmissionLevel: 'restricted',
      },
    });
    await label('one', { [policyLabel]: 'strict' });
    await eventually(async () => {
      expect(await quota('one')).toBeUndefined();
      expect((await quota('one', 'strict'))?.spec?.hard).toEqual({ pods: '1' });
      expect(await labelsOf('one')).toMatchObject({ [enforce]: 'restricted', [policyManagedLabel]: 'strict' });
      expect((await policyOf()).status?.summary).toBe('0 namespaces, 0 clusters');
      expect((await policyOf('strict')).status?.summary).toBe('1 namespace, 1 cluster');
    }, patient);
    await eventually(async () => expect(await policyInStatus()).toBe('strict'), patient);
  });

  it('is undone when the policy is deleted, which waits for that', async () => {
    await controller.stop();
    await client.delete({ resource: k3kResources.policies, name: 'strict' });
    expect((await policyOf('strict')).metadata.deletionTimestamp).toBeDefined();
    controller = await startController();
    await eventually(async () => {
      expect(await ifFound(policyOf('strict'))).toBeUndefined();
      expect(await remains('one')).toEqual(nothing);
      expect(await quota('one', 'strict')).toBeUndefined();
    }, patient);
  });

  it('does not hold up a namespace that is going', async () => {
    await makeNamespace('three', { [policyLabel]: 'teams' });
    await eventually(async () => expect(await quota('three')).toBeDefined(), patient);
    await client.delete({ resource: resources.namespaces, name: 'three' });
    await eventually(async () => expect(await ifFound(namespace('three'))).toBeUndefined(), patient);
    await eventually(async () => {
      expect((await policyOf()).status?.summary).toBe('0 namespaces, 0 clusters');
    }, patient);
  });
});
