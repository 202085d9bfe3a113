import { clusterIndexes } from './apiserver-proxy/cluster-indexes.ts';
import type { ConnectedHost } from './connect-host.ts';
import type { KubeClient } from './kube/client.ts';
import { servedVersions } from './kube/discovery.ts';
import { resources } from './kube/types.ts';
import { openKinds } from './open-kinds.ts';
import { startServiceWebhook } from './start-service-webhook.ts';
import { type SyncEngine, createSyncEngine } from './syncer/engine.ts';
import { createRegistry } from './syncer/registry.ts';
import { retireKinds } from './syncer/retire-kinds.ts';
import { createServiceAdmission } from './syncer/service-admission.ts';
import type { Translator } from './translate/translator.ts';
import type { OnEnd, VirtualClusterOptions } from './virtual-cluster-options.ts';

/** Returns the engine that keeps the two clusters alike, not running yet, and the URL of the Service webhook that works with it. */
export async function createSync(
  { config, sync, store, log, signal }: Pick<VirtualClusterOptions, 'config' | 'sync' | 'store' | 'log' | 'signal'>,
  {
    host,
    virtual,
    translator,
    metrics,
  }: {
    host: ConnectedHost;
    virtual: KubeClient;
    translator: Translator;
    metrics: { caPem: string } | undefined;
  },
  onEnd: OnEnd,
): Promise<{ engine: SyncEngine; webhookUrl: string }> {
  const { forbidden } = host;
  const serviceWebhook = await startServiceWebhook({
    dataDir: config.dataDir,
    store,
    review: createServiceAdmission({ host: host.client, translator, log }),
    log,
  });
  onEnd(() => serviceWebhook.stop());
  const opened = await openKinds(sync.kinds, { host, virtual, signal });
  await retireKinds(opened, { clients: { host: host.client, virtual }, translator, store, log });
  const engine = await createSyncEngine({
    virtual,
    host: host.client,
    registry: createRegistry({
      apiServer: { ip: host.advertiseAddress, port: config.listenPort },
      serviceWebhook,
      metrics,
      opened,
      clusterTrustBundles: (await servedVersions(virtual, resources.clusterTrustBundles))[0],
    }),
    translator,
    settings: {
      clusterDomain: config.clusterDomain,
      runsDns: !config.disable.includes('coredns'),
      writesPodStatus: !forbidden.includes('pods/status'),
      nodes: config.nodes === 'used' ? 'used' : 'all',
      optIn: new Set(sync.kinds.map(({ name }) => name)),
      syncAll: sync.all,
    },
    store,
    optional: ({ plural }) => !forbidden.includes(plural) && (plural !== 'nodes' || config.nodes !== 'from-pods'),
    indexes: clusterIndexes,
    log,
  });
  return { engine, webhookUrl: serviceWebhook.url };
}
