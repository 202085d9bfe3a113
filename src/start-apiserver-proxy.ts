import { join } from 'node:path';
import type { ClusterView } from './apiserver-proxy/cluster-view.ts';
import type { ConnectServer, OpenTarget } from './apiserver-proxy/connect-server.ts';
import { createHostNetworkProbe } from './apiserver-proxy/host-network-probe.ts';
import { type KubeletFacade, createKubeletFacade } from './apiserver-proxy/kubelet-facade.ts';
import type { MetricsServer } from './apiserver-proxy/metrics-server.ts';
import {
  type ClusterAccess,
  type WebhookPorts,
  clusterTargets,
  webhookTargets,
} from './apiserver-proxy/open-target.ts';
import { type HostNetwork, createPodDialer } from './apiserver-proxy/pod-dialer.ts';
import { privateSocketFolder } from './apiserver-proxy/private-socket.ts';
import { type StoredKeyPair, loadOrCreateAuthority, loadOrIssue } from './control-plane/certificate-files.ts';
import type { Egress, EgressProxy } from './control-plane/egress.ts';
import { firstServiceAddresses } from './control-plane/service-range.ts';
import type { RawClient } from './kube/raw-request.ts';
import { readTrust } from './kube/kubeconfig-identity.ts';
import type { Kubeconfig } from './kube/kubeconfig.ts';
import type { Logger } from './log.ts';
import type { Platform } from './platform/platform.ts';
import { startEgressProxy } from './start-egress-proxy.ts';

/** The API server's way into the cluster. States: refusing (503) → `allowWebhook`, `connect` → open → stopped. */
export interface ApiserverProxy {
  /** For the control plane. */
  readonly egress: Egress;
  /** What signs the certificates of all that answers the API server here. */
  readonly authority: StoredKeyPair;
  /** Lets the API server reach k3v's own webhook, which listens on `port` of the loopback, at the URL that it is registered by. */
  allowWebhook(webhook: { url: string; port: number }): void;
  /** Lets the API server reach what is in `view`, whose stores hold their first lists, and the `metrics` if there are any. */
  connect(view: ClusterView, metrics: MetricsServer | undefined): void;
  /** Ends every connection. */
  stop(): Promise<void>;
}

const apiServerName = 'kube-apiserver-kubelet-client';
/** As long as its authority: nobody but this k3v ever sees it. */
const clientDays = 3650;
const longestSocketName = 'controlplane.sock'.length;

/** Starts the servers that the API server dials through, before there is an API server. */
export async function startApiserverProxy({
  dataDir,
  transport,
  hostNetwork,
  host,
  serviceCidr,
  clusterDomain,
  log,
}: {
  dataDir: string;
  transport: Platform['egressTransport'];
  hostNetwork: HostNetwork;
  host: { raw: RawClient; latest: () => Kubeconfig; namespace: string };
  serviceCidr: string;
  clusterDomain: string;
  log: Logger;
}): Promise<ApiserverProxy> {
  const pki = join(dataDir, 'pki');
  const authority = await loadOrCreateAuthority(join(pki, 'apiserver-proxy-ca'), 'k3v-apiserver-proxy-ca');
  const client = await loadOrIssue(join(pki, 'apiserver-proxy-client'), authority, {
    commonName: apiServerName,
    usages: ['client'],
    days: clientDays,
  });
  const isInHostNetwork = createHostNetworkProbe({
    addresses: firstServiceAddresses(serviceCidr),
    trust: async () => await readTrust(host.latest()),
    log,
  });
  const dialPod = createPodDialer({ mode: hostNetwork, raw: host.raw, isInHostNetwork, log });

  let access: ClusterAccess | undefined;
  let kubelets: KubeletFacade | undefined;
  let webhook: WebhookPorts | undefined;
  const cluster = clusterTargets(() => access, log);
  const servers: ConnectServer[] = [];
  const folder = await privateSocketFolder(join(dataDir, 'control-plane', 'egress'), longestSocketName);
  const listen = async (name: string, open: OpenTarget): Promise<EgressProxy> => {
    const settings = { name, open, transport, folder: folder.path, authority, client, log };
    const { proxy, server } = await startEgressProxy(settings);
    servers.push(server);
    return proxy;
  };
  const stop = async () => {
    await Promise.all(servers.map((server) => server.close()));
    await kubelets?.close();
    await folder.remove();
  };
  try {
    return {
      egress: {
        cluster: await listen('cluster', cluster),
        controlPlane: await listen(
          'controlplane',
          webhookTargets(() => webhook, cluster),
        ),
        kubeletCaFile: authority.certFile,
        kubeletClient: client,
      },
      authority,
      allowWebhook({ url, port }) {
        webhook = { named: Number(new URL(url).port || 443), port };
      },
      connect(view, metrics) {
        kubelets = createKubeletFacade({
          view,
          raw: host.raw,
          hostNamespace: host.namespace,
          trust: {
            clientCaPem: authority.certPem,
            acceptsClient: (commonName) => commonName === apiServerName,
            issue: async (request) => {
              const { toAuthority } = await import('./control-plane/certificates.ts');
              return await toAuthority(authority).issue(request);
            },
          },
          log,
        });
        // So that nobody has to wait for the answer later.
        if (hostNetwork === 'auto') void isInHostNetwork();
        access = { view, kubelets, metrics, dialPod, clusterDomain };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
