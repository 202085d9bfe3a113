import type { ConnectedHost } from './connect-host.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import type { Egress } from './control-plane/egress.ts';
import { defaultK3sReleaseUrl } from './control-plane/k3s-release.ts';
import { kubeconfigYaml } from './control-plane/kubeconfig.ts';
import { claimId } from './host/claim-id.ts';
import type { KubeClient } from './kube/client.ts';
import { createKubeClient } from './kube/rest-client.ts';
import { type Namespace, resources } from './kube/types.ts';
import { untilFound } from './until-found.ts';
import type { OnEnd, VirtualClusterOptions } from './virtual-cluster-options.ts';
import { writeTenantKubeconfig } from './write-tenant-kubeconfig.ts';

/** The API server of the virtual cluster, and k3v's own client of it. */
export interface VirtualApi {
  controlPlane: ControlPlane;
  client: KubeClient;
}

/**
 * Starts the control plane, claims the id on the host for it, and writes the tenant's kubeconfig. `addresses` are those under which
 * pods know the API server, `egress` is its way into the cluster.
 */
export async function startVirtualApi(
  options: VirtualClusterOptions,
  { host, addresses, egress }: { host: ConnectedHost; addresses: string[]; egress: Egress },
  onEnd: OnEnd,
): Promise<VirtualApi> {
  const { config } = options;
  const controlPlane = await startControlPlane(options, { host, addresses, egress });
  onEnd(() => controlPlane.stop());
  const client = createKubeClient({
    server: controlPlane.admin.server,
    // Read anew each time: the certificate is renewed while k3v runs.
    credentials: async () => {
      const { caPem, certPem, keyPem } = controlPlane.admin;
      return { tls: { ca: caPem, cert: certPem, key: keyPem }, headers: {} };
    },
  });
  onEnd(() => client.close());
  const kubeSystem = await untilFound(() =>
    client.get<Namespace>({ resource: resources.namespaces, name: 'kube-system' }),
  );
  await claimId(host.client, host.namespace, config.id, kubeSystem.metadata.uid ?? '');
  const kubeconfig = kubeconfigYaml({ ...controlPlane.admin, contextName: `k3v-${config.id}` });
  await writeTenantKubeconfig(config.writeKubeconfig, kubeconfig);
  return { controlPlane, client };
}

/** Once it is up, the control plane is stopped in its turn, after the syncer that writes to it: the signal only ends its start. */
async function startControlPlane(
  { config, cacheDir, proxy, log, progress, signal, startControlPlane: start }: VirtualClusterOptions,
  { host, addresses, egress }: { host: ConnectedHost; addresses: string[]; egress: Egress },
): Promise<ControlPlane> {
  signal.throwIfAborted();
  const starting = new AbortController();
  const abortStart = () => starting.abort(signal.reason);
  signal.addEventListener('abort', abortStart);
  try {
    return await start(
      {
        dataDir: config.dataDir,
        distro: config.distro,
        k3sBinary: config.k3sBinary,
        kubernetesVersion: config.kubernetesVersion,
        listenPort: config.listenPort,
        advertiseAddress: host.advertiseAddress,
        tlsSans: [...config.tlsSans, ...addresses],
        serviceCidr: host.serviceCidr,
        clusterDomain: config.clusterDomain,
        egress,
        k3sReleaseUrl: defaultK3sReleaseUrl,
        cacheDir,
        proxy,
        log,
        progress,
      },
      starting.signal,
    );
  } finally {
    signal.removeEventListener('abort', abortStart);
  }
}
