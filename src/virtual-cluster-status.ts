import type { Status } from './cli/status.ts';
import type { ConnectedHost } from './connect-host.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import type { ManifestKeeper } from './manifests/manifest-keeper.ts';
import type { Replica } from './open-replica.ts';
import { showDatastore } from './datastore/datastore.ts';
import type { SyncEngine } from './syncer/engine.ts';
import type { VirtualClusterOptions } from './virtual-cluster-options.ts';

/** Returns a function that says how the virtual cluster, which is up from now on, is doing. */
export function virtualClusterStatus(
  { config, host: { simulated } }: Pick<VirtualClusterOptions, 'config' | 'host'>,
  {
    host,
    controlPlane,
    engine,
    replica,
    manifests,
  }: {
    host: ConnectedHost;
    controlPlane: ControlPlane;
    engine: SyncEngine;
    replica: Replica | undefined;
    manifests: ManifestKeeper | undefined;
  },
): () => Status {
  const startedAt = new Date().toISOString();
  const { version, namespace, forbidden, client } = host;
  return () => ({
    pid: process.pid,
    startedAt,
    distro: controlPlane.distro,
    version: controlPlane.version,
    datastore: showDatastore(config.datastore),
    host: { server: client.server, version, namespace, simulated },
    id: config.id,
    kubeconfig: config.writeKubeconfig,
    children: controlPlane.pids(),
    synced: true,
    replica: replica?.standing(),
    manifests: manifests?.standing(),
    kinds: engine.status(),
    forbidden,
  });
}
