import { relative } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomically } from '../write-file-atomically.ts';

/** Files of a certificate and its key. */
export interface KeyPairFiles {
  certFile: string;
  keyFile: string;
}

/** Where a proxy for CONNECT listens: on a Unix socket (absolute path), or behind mutual TLS at `url`. */
export type EgressProxy = { socket: string } | ({ url: string; caFile: string } & KeyPairFiles);

/** What the API server needs to reach everything but its storage through k3v. */
export interface Egress {
  /** For kubelets, pods, Services and nodes. */
  cluster: EgressProxy;
  /** For webhooks that are registered by URL. Without it the API server would dial whatever address a tenant writes down. */
  controlPlane: EgressProxy;
  /** What signs the certificates that kubelets show. */
  kubeletCaFile: string;
  /** What the API server shows to kubelets. */
  kubeletClient: KeyPairFiles;
}

/**
 * Writes the EgressSelectorConfiguration to `file`, for an API server that runs in `workingDirectory`, and returns the flags that go
 * with it.
 */
export async function prepareEgress(
  egress: Egress,
  { file, workingDirectory }: { file: string; workingDirectory: string },
): Promise<Record<string, string | boolean>> {
  await writeFileAtomically(file, egressConfiguration(egress, workingDirectory));
  return {
    'egress-selector-config-file': file,
    'kubelet-certificate-authority': egress.kubeletCaFile,
    'kubelet-client-certificate': egress.kubeletClient.certFile,
    'kubelet-client-key': egress.kubeletClient.keyFile,
    // The address is that of a node alone; names of nodes would have to be known to the DNS here, as `nodes/proxy` looks them up.
    'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
    // Webhooks and aggregated API servers are dialled at the address of a pod, not of a Service whose endpoints may be anything.
    'enable-aggregator-routing': true,
  };
}

/** Returns the configuration: https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/. */
export function egressConfiguration({ cluster, controlPlane }: Egress, workingDirectory: string): string {
  const selection = (name: string, proxy: EgressProxy) => ({
    name,
    connection: { proxyProtocol: 'HTTPConnect', transport: transportOf(proxy, workingDirectory) },
  });
  return stringify({
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [selection('cluster', cluster), selection('controlplane', controlPlane)],
  });
}

/** The API server puts the path of the socket into errors that tenants see: a relative one tells them nothing of this machine. */
function transportOf(proxy: EgressProxy, workingDirectory: string): object {
  if ('socket' in proxy) {
    const path = relative(workingDirectory, proxy.socket);
    return { uds: { udsName: path.startsWith('../../..') ? proxy.socket : path } };
  }
  const { url, caFile, certFile, keyFile } = proxy;
  return { tcp: { url, tlsConfig: { caBundle: caFile, clientCert: certFile, clientKey: keyFile } } };
}
