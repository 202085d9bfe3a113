import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesMinor } from '../../src/kubernetes-minors.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type Pod, type Service, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { applyWith } from '../support/apply.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, startK3v } from '../support/k3v-process.ts';
import { podContext, podContextWith } from '../support/pod-context.ts';
import { triedPods } from '../support/refused-pods.ts';
import { writesIn } from '../support/writes-in.ts';

type Kubectl = Awaited<ReturnType<typeof kubectlFor>>;
interface Skew {
  virtualMinor: KubernetesMinor;
  hostMinor: KubernetesMinor;
  port: string;
}

/** Two minor versions are as far as Kubernetes itself lets its parts be apart, but for kubelets. */
describe.each<Skew>([
  { virtualMinor: '1.34', hostMinor: '1.36', port: '27473' },
  { virtualMinor: '1.36', hostMinor: '1.34', port: '27474' },
])('a virtual cluster of $virtualMinor on a host of $hostMinor', ({ virtualMinor, hostMinor, port }) => {
  let folder: string;
  let embedded: EmbeddedHost;
  let k3v: K3vProcess;
  let virtual: Kubectl;
  let host: Kubectl;
  let clients: { virtual: KubeClient; host: KubeClient };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-skew-'));
    const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
    embedded = await startEmbeddedHost(
      { ...environment, dataDir: join(folder, 'host'), kubernetesVersion: hostMinor, nodes: 2 },
      new AbortController().signal,
    );
    const role = { hostKubeconfig: embedded.kubeconfigPath, namespace: 'default', folder };
    const { kubeconfig } = await applyHostRole({ ...role, extras: ['events', 'nodes', 'storageclasses'] });
    const where = ['--kubeconfig', kubeconfig, '--listen-port', port];
    // Some of the generated pods are of the node.
    const flags = [...where, '--disable', 'coredns', '--isolation', 'none'];
    k3v = await startK3v(folder, [...flags, '--kubernetes-version', virtualMinor]);
    virtual = await kubectlFor(k3v.kubeconfig);
    host = await kubectlFor(embedded.kubeconfigPath);
    clients = { virtual: clientOf(k3v.kubeconfig), host: clientOf(embedded.kubeconfigPath) };
  });

  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.close();
    await k3v?.end('SIGTERM');
    await embedded?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const apply = async (...items: object[]) => await applyWith(virtual, folder, items);
  const podOf = async (app: string) => {
    const { items } = JSON.parse(await virtual('get', 'pods', '-l', `app=${app}`, '-o', 'json')) as { items: Pod[] };
    return items[0] ?? { metadata: { name: 'none' } };
  };
  const hostPodOf = async (app: string) =>
    JSON.parse(await host('get', 'pods', '-l', `v.k3v.io/app=${app}`, '-o', 'jsonpath={.items[0]}')) as Pod;

  it('is what it says', async () => {
    const versionOf = async (kubectl: Kubectl) => JSON.parse(await kubectl('get', '--raw', '/version')) as object;
    expect(await versionOf(virtual)).toMatchObject({ minor: virtualMinor.slice(2) });
    expect(await versionOf(host)).toMatchObject({ minor: hostMinor.slice(2) });
  });

  it('rolls out, gives a Service its address, binds a claim, and shows status and logs', async () => {
    await virtual('create', 'deployment', 'web', '--image=nginx', '--replicas=2');
    await virtual('expose', 'deployment', 'web', '--port=80');
    const resourcesOfClaim = { requests: { storage: '1Gi' } };
    await apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: resourcesOfClaim },
    });
    await virtual('rollout', 'status', 'deployment/web', '--timeout=90s');
    await virtual('wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/data', '--timeout=60s');
    const address = 'jsonpath={.items[?(@.metadata.labels.app=="web")].spec.clusterIP}';
    const onHost = 'jsonpath={.items[?(@.metadata.labels.v\\.k3v\\.io/app=="web")].spec.clusterIP}';
    expect(await virtual('get', 'services', '-o', address)).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(await host('get', 'services', '-o', onHost)).toBe(await virtual('get', 'services', '-o', address));
    expect(await virtual('get', 'endpoints', 'web', '-o', 'jsonpath={.subsets[0].addresses[*].ip}')).toMatch(/\S+ \S+/);
    const { name } = (await podOf('web')).metadata;
    expect(await virtual('logs', name)).toContain('This pod is simulated');
  });

  it('tells of generations and classes as the virtual cluster counts them', async () => {
    const onHost = await hostPodOf('web');
    const seen = await podOf('web');
    expect(seen.status).toMatchObject({ phase: 'Running', podIP: onHost.status?.podIP, qosClass: 'BestEffort' });
    expect(seen.status?.observedGeneration ?? 0).toBeLessThanOrEqual(seen.metadata.generation ?? 0);
    await virtual('set', 'image', 'deployment/web', 'nginx=nginx:2');
    await virtual('rollout', 'status', 'deployment/web', '--timeout=90s');
    await virtual('scale', 'deployment/web', '--replicas=1');
  });

  it('has its pods taken by the host, but for what the older one cannot do', { timeout: 600_000 }, async () => {
    const { hostNamespace } = podContext.translator;
    await clients.host.create(resources.namespaces, { metadata: { name: hostNamespace } });
    const clusterDns: Service = {
      kind: 'Service',
      metadata: {
        name: podContext.translator.hostName('Service', 'kube-system', 'kube-dns'),
        namespace: hostNamespace,
      },
      spec: { clusterIP: '10.96.0.53' },
    };
    const context = podContextWith({ host: [clusterDns] });
    const tried = await triedPods({ ...clients, context, count: 200, unknownFields: 'Ignore' });
    // Variables from files came with 1.35.
    const emptySource =
      /spec\.\w+\[\d+\]\.env\[\d+\]\.valueFrom: Invalid value: "": must specify one of: .*? or `secretKeyRef`(, )?/g;
    const others = tried.refusedByHost.filter(
      ({ answer }) => !/ is invalid: (\[\])?$/.test(answer.replaceAll(emptySource, '')),
    );
    expect(others).toEqual([]);
    expect(tried.refusedByTenant.length).toBeLessThan(100);
  });

  it('writes nothing to either side at rest: no field that one of them does not know is written for ever', async () => {
    await virtual('create', 'configmap', 'settings', '--from-literal=turn=0');
    const envFrom = [{ configMapRef: { name: 'settings' } }];
    const containers = [{ name: 'main', image: 'nginx', envFrom }];
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'reader' }, spec: { containers } });
    await virtual('wait', '--for=condition=Ready', 'pod/reader', '--timeout=60s');
    const kinds = ['pods', 'services', 'endpoints', 'persistentvolumeclaims', 'persistentvolumes', 'secrets'];
    const written = async () => ({
      virtual: await writesIn(
        async (path) => await virtual('get', '--raw', path),
        [...kinds, 'nodes', 'storageclasses'],
      ),
      host: await writesIn(async (path) => await host('get', '--raw', path), kinds),
    });
    let turn = 0;
    /** Changes something that goes all the way through: what was queued before it has been looked at. */
    const settle = async () => {
      turn += 1;
      await virtual('patch', 'configmap', 'settings', '-p', JSON.stringify({ data: { turn: String(turn) } }));
      const data = 'jsonpath={.items[?(@.metadata.annotations.k3v\\.io/owner-name=="settings")].data.turn}';
      await eventually(async () => expect(await host('get', 'configmaps', '-o', data)).toBe(String(turn)));
    };
    await eventually(
      async () => {
        const before = await written();
        for (let times = 0; times < 5; times += 1) await settle();
        expect(await written()).toEqual(before);
      },
      { timeoutMs: 60_000 },
    );
  });
});
