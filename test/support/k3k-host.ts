import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crdFolder } from '../../packaging/chart/crd-files.ts';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { kubeconfigOf } from '../../src/host/kubeconfig-secret.ts';
import { type Cluster, type ClusterSpec, k3kResources } from '../../src/k3k/types.ts';
import { ifFound } from '../../src/kube/errors.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type KubeObject, type Namespace, type Resource, type Secret, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from './client-of.ts';
import { eventually } from './eventually.ts';
import { kubectlFor } from './k3v-process.ts';

const patient = { timeoutMs: 90_000, everyMs: 100 };

/** An embedded host that knows Clusters, with the namespace `team`. Its pods are simulated: nothing runs in them, and a test plays the servers. */
export interface K3kHost {
  client: StreamingKubeClient;
  kubeconfig: string;
  /** The folder of its keys. */
  pki: string;
  kubectl: (...args: string[]) => Promise<string>;
  namespace: string;
  create(name: string, spec?: Partial<ClusterSpec>, namespace?: string): Promise<Cluster>;
  get<T extends KubeObject>(resource: Resource, name: string, namespace?: string): Promise<T | undefined>;
  /** Merges `spec` into that of the Cluster. */
  change(name: string, spec: object): Promise<Cluster>;
  /** Does what the servers of a Cluster do last at a start: publishes a kubeconfig. Waits until there is a Secret for it. */
  playServer(name: string, namespace?: string): Promise<void>;
  /** Resolves with the Cluster once `check` takes it. */
  until(name: string, check: (cluster: Cluster) => void, namespace?: string): Promise<Cluster>;
  stop(): Promise<void>;
}

/** Starts one with `nodes` for 110 pods each. */
export async function startK3kHost({ nodes = 3 }: { nodes?: number } = {}): Promise<K3kHost> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-k3k-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const embedded = await startEmbeddedHost({ ...environment, dataDir: folder, nodes }, new AbortController().signal);
  const client = clientOf(embedded.kubeconfigPath);
  const kubectl = await kubectlFor(embedded.kubeconfigPath);
  const team = 'team';
  const crds = join(import.meta.dirname, '../..', crdFolder);
  for (const file of await readdir(crds)) await kubectl('apply', '-f', join(crds, file));
  for (const { plural, group } of Object.values(k3kResources)) {
    await kubectl('wait', '--for=condition=Established', `crd/${plural}.${group}`);
  }
  await client.create<Namespace>(resources.namespaces, { metadata: { name: team } });
  const clusterRef = (name: string, namespace: string) => ({ resource: k3kResources.clusters, namespace, name });

  return {
    client,
    kubeconfig: embedded.kubeconfigPath,
    pki: join(folder, 'embedded-host', 'pki'),
    kubectl,
    namespace: team,
    create: async (name, spec = {}, namespace = team) =>
      await client.create(k3kResources.clusters, {
        apiVersion: 'k3k.io/v1beta1',
        kind: 'Cluster',
        metadata: { name, namespace },
        spec,
      } as Cluster),
    get: async <T extends KubeObject>(resource: Resource, name: string, namespace = team) =>
      await ifFound(client.get<T>({ resource, namespace: resource.namespaced ? namespace : undefined, name })),
    change: async (name, spec) => await client.patch<Cluster>(clusterRef(name, team), 'merge', { spec }),
    async playServer(name, namespace = team) {
      const ref = { resource: resources.secrets, namespace, name: `k3k-${name}-kubeconfig` };
      const data = { 'kubeconfig.yaml': Buffer.from(`of ${name}`).toString('base64') };
      await eventually(async () => {
        const { metadata } = await client.get<Secret>(ref);
        if (metadata.labels?.[kubeconfigOf] !== name) throw new Error(`the Secret ${ref.name} is not for ${name}`);
        await client.patch(ref, 'merge', { data });
      }, patient);
    },
    async until(name, check, namespace = team) {
      return await eventually(async () => {
        const cluster = await client.get<Cluster>(clusterRef(name, namespace));
        check(cluster);
        return cluster;
      }, patient);
    },
    async stop() {
      client.close();
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
