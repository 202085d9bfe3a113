import type { Config } from './cli/config.ts';
import type { ConnectedHost } from './connect-host.ts';
import type { GivenKeys } from './control-plane/ca-dir.ts';
import type { ApiAccess, ControlPlane } from './control-plane/control-plane.ts';
import type { Egress } from './control-plane/egress.ts';
import { defaultK3sReleaseUrl } from './control-plane/k3s-release.ts';
import { kubeconfigYaml } from './control-plane/kubeconfig.ts';
import type { OnEnd } from './ending.ts';
import { claimId, takeId } from './host/claim-id.ts';
import { publishKubeconfig } from './host/kubeconfig-secret.ts';
import type { KubeClient } from './kube/client.ts';
import { hostAndPort } from './kube/host-and-port.ts';
import { createKubeClient } from './kube/rest-client.ts';
import { type Namespace, resources } from './kube/types.ts';
import type { Replica } from './open-replica.ts';
import type { OwnMetrics } from './serve-own-metrics.ts';
import { recordClusterUid } from './state/cluster-id.ts';
import { untilFound } from './until-found.ts';
import { userAgent } from './version.ts';
import type { VirtualClusterOptions } from './virtual-cluster-options.ts';
import { writeTenantKubeconfig } from './write-tenant-kubeconfig.ts';

/** The API server of the virtual cluster, and k3v's own client of it. */
export interface VirtualApi {
  controlPlane: ControlPlane;
  client: KubeClient;
  /** Has connections of its own, so that a Lease never waits behind the writes of the syncer. */
  leaseClient: KubeClient;
  /** What the id is claimed for. */
  clusterUid: string;
}

/**
 * Starts the control plane, claims the id on the host for it before anything works in it, and writes the tenant's kubeconfig. `addresses` are those under which
 * pods know the API server, `egress` is its way into the cluster.
 */
export async function startVirtualApi(
  options: VirtualClusterOptions,
  {
    host,
    addresses,
    egress,
    replica,
    givenKeys,
    metrics,
  }: {
    host: ConnectedHost;
    addresses: string[];
    egress: Egress;
    replica: Replica | undefined;
    givenKeys?: GivenKeys | undefined;
    metrics?: OwnMetrics | undefined;
  },
  onEnd: OnEnd,
): Promise<VirtualApi> {
  const { config } = options;
  let clusterUid = '';
  const admit = async (access: ApiAccess) => {
    const client = clientWith(() => access);
    try {
      const kubeSystem = await untilFound(() =>
        client.get<Namespace>({ resource: resources.namespaces, name: 'kube-system' }),
      );
      clusterUid = kubeSystem.metadata.uid ?? '';
      // Before it is claimed: one that is refused must be known not to be its owner's.
      await recordClusterUid(options.store, clusterUid);
      const take = config.takeOverId ? takeId : claimId;
      const claim = async () => await take(host.client, host.namespace, config.id, clusterUid);
      await (replica ? replica.join(client, access.caPem, claim) : claim());
    } finally {
      client.close();
    }
  };
  const writeKubeconfig = async (access: ApiAccess) => {
    const contextName = `k3v-${config.id}`;
    await writeTenantKubeconfig(config.writeKubeconfig, kubeconfigYaml({ ...access, contextName }));
    if (!config.kubeconfigSecret) return;
    const { name, server = `https://${hostAndPort(host.advertiseAddress, config.listenPort)}` } =
      config.kubeconfigSecret;
    const kubeconfig = kubeconfigYaml({ ...access, server, contextName });
    await publishKubeconfig(host.client, { namespace: host.namespace, name, id: config.id, kubeconfig });
  };
  const onRestart = metrics?.childRestarted;
  const start = { host, addresses, egress, replica, givenKeys, admit, onAdminRenewed: writeKubeconfig, onRestart };
  const controlPlane = await startControlPlane(options, start);
  onEnd('control plane', () => controlPlane.stop());
  // Read anew each time: the certificate is renewed while k3v runs.
  const ownClient = () => {
    const plain = clientWith(() => controlPlane.admin);
    return metrics?.meterClient(plain, 'virtual') ?? plain;
  };
  const [client, leaseClient] = [ownClient(), ownClient()];
  onEnd('clients of the virtual cluster', () => {
    for (const each of [client, leaseClient]) each.close();
  });
  await writeKubeconfig(controlPlane.admin);
  return { controlPlane, client, leaseClient, clusterUid };
}

/** The name under which the reader of the Secret knows the API server has to be in its certificate. */
function serverNames({ kubeconfigSecret: { server } = { name: '', server: undefined } }: Config): string[] {
  return server === undefined ? [] : [new URL(server).hostname.replace(/^\[(.*)\]$/, '$1')];
}

function clientWith(access: () => ApiAccess): KubeClient {
  return createKubeClient({
    server: access().server,
    userAgent,
    credentials: async () => {
      const { caPem, certPem, keyPem } = access();
      return { tls: { ca: caPem, cert: certPem, key: keyPem }, headers: {} };
    },
  });
}

/** Once it is up, the control plane is stopped in its turn, after the syncer that writes to it: the signal only ends its start. */
async function startControlPlane(
  { config, cacheDir, bundle, proxy, log, progress, signal, startControlPlane: start }: VirtualClusterOptions,
  {
    host,
    addresses,
    egress,
    replica,
    givenKeys,
    admit,
    onAdminRenewed,
    onRestart,
  }: {
    host: ConnectedHost;
    addresses: string[];
    egress: Egress;
    replica: Replica | undefined;
    givenKeys: GivenKeys | undefined;
    admit: (access: ApiAccess) => Promise<void>;
    onAdminRenewed: (access: ApiAccess) => Promise<void>;
    onRestart: ((program: string) => void) | undefined;
  },
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
        datastore: config.datastore,
        listenPort: config.listenPort,
        advertiseAddress: host.advertiseAddress,
        tlsSans: [...config.tlsSans, ...serverNames(config), ...addresses],
        serviceCidr: host.serviceCidr,
        clusterDomain: config.clusterDomain,
        givenKeys,
        secretsEncryption: config.secretsEncryption,
        audit: config.audit,
        isolation: config.isolation,
        egress,
        admit,
        onAdminRenewed,
        onRestart,
        shared: replica && { k3sToken: replica.keys.k3sToken },
        k3sReleaseUrl: defaultK3sReleaseUrl,
        cacheDir,
        bundle,
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
