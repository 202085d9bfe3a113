import { clusterIndexes } from './apiserver-proxy/cluster-indexes.ts';
import type { ConnectedHost } from './connect-host.ts';
import type { DistroName } from './control-plane/control-plane.ts';
import type { OnEnd } from './ending.ts';
import type { KubeClient } from './kube/client.ts';
import { servedVersions } from './kube/discovery.ts';
import type { Term } from './kube/lease-election.ts';
import { resources } from './kube/types.ts';
import { leadCluster } from './lead-cluster.ts';
import { openKinds } from './open-kinds.ts';
import type { ManifestKeeper } from './manifests/manifest-keeper.ts';
import type { Replica } from './open-replica.ts';
import type { OwnMetrics } from './serve-own-metrics.ts';
import { type ServiceWebhook, startServiceWebhook } from './start-service-webhook.ts';
import { createConfigMapStore } from './syncer/config-map-store.ts';
import { type SyncEngine, createSyncEngine } from './syncer/engine.ts';
import { createRegistry } from './syncer/registry.ts';
import { createServiceAdmission } from './syncer/service-admission.ts';
import type { Translator } from './translate/translator.ts';
import type { VirtualClusterOptions } from './virtual-cluster-options.ts';

/** What keeps the two clusters alike. */
export interface Sync {
  /** Not running yet. */
  engine: SyncEngine;
  /** Does the writing while the term lasts. */
  lead: (term: Term) => Promise<void>;
  /** The Service webhook that works with the engine. */
  webhook: ServiceWebhook;
}

/** Makes the engine, with all that works with it. */
export async function createSync(
  { config, sync, store, log, signal }: Pick<VirtualClusterOptions, 'config' | 'sync' | 'store' | 'log' | 'signal'>,
  {
    host,
    virtual,
    distro,
    translator,
    metrics,
    replica,
    manifests,
    ownMetrics,
  }: {
    host: ConnectedHost;
    virtual: KubeClient;
    distro: DistroName;
    translator: Translator;
    metrics: { caPem: string } | undefined;
    /** This k3v as one of several, where there may be others. */
    replica: Replica | undefined;
    /** What the operator wants in the virtual cluster; undefined for nothing. */
    manifests: ManifestKeeper | undefined;
    ownMetrics: OwnMetrics | undefined;
  },
  onEnd: OnEnd,
): Promise<Sync> {
  const { forbidden } = host;
  const admission = Promise.withResolvers<(review: unknown) => Promise<unknown>>();
  const serviceWebhook = await startServiceWebhook({
    dataDir: config.dataDir,
    store,
    sharedPath: replica?.keys.admissionPath,
    review: async (asked) => await (await admission.promise)(asked),
    log,
  });
  onEnd('webhook', () => serviceWebhook.stop());
  const opened = await openKinds(sync.kinds, { host, virtual, signal });
  const engine = await createSyncEngine({
    virtual,
    host: host.client,
    registry: createRegistry({
      apiServer: { ip: host.advertiseAddress, port: config.listenPort },
      replicas: replica !== undefined,
      serviceWebhook,
      metrics,
      quota: config.quota,
      containerDefaults: config.containerDefaults,
      opened,
      clusterTrustBundles: (await servedVersions(virtual, resources.clusterTrustBundles))[0],
    }),
    translator,
    settings: {
      clusterDomain: config.clusterDomain,
      isolation: config.isolation,
      quota: config.quota,
      containerDefaults: config.containerDefaults,
      podRules: config.podRules,
      runsDns: !config.disable.includes('coredns'),
      writesPodStatus: !forbidden.includes('pods/status'),
      nodes: config.nodes === 'used' ? 'used' : 'all',
      optIn: new Set(sync.kinds.map(({ name }) => name)),
      syncAll: sync.all,
    },
    store,
    leadsInTurn: replica !== undefined,
    optional: ({ plural }) => !forbidden.includes(plural) && (plural !== 'nodes' || config.nodes !== 'from-pods'),
    indexes: clusterIndexes,
    meter: ownMetrics?.sync,
    log,
  });
  // The API server lets a tenant's request wait for the webhook, and gives it up after 10 s.
  admission.resolve(createServiceAdmission({ host: engine.withinQuota(host.urgentClient), virtual, translator, log }));
  const clients = { host: host.client, virtual };
  // k3s has its own way of encrypting.
  const encrypts = distro === 'kubernetes' ? config.secretsEncryption : undefined;
  // Whoever leads next has to know it.
  const known = replica
    ? createConfigMapStore({ client: virtual, namespace: 'kube-system', name: 'k3v-state' })
    : store;
  const lead = async (term: Term) =>
    await leadCluster({ engine, clients, config, encrypts, opened, manifests, translator, store: known, log }, term);
  return { engine, lead, webhook: serviceWebhook };
}
