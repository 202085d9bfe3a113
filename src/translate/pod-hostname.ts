import type { Pod } from '../kube/types.ts';

type PodSpec = NonNullable<Pod['spec']>;

/** Linux host names end here; the kubelet cuts pod names the same way. */
const maxHostname = 63;

/**
 * Gives `spec`, of the host pod, the host name that the tenant's `pod` has. Its subdomain is left out: the host's kubelet
 * would write `<hostname>.<subdomain>.<host namespace>.svc…` into `/etc/hosts`, a name that no DNS of the tenant knows. A pod
 * that wants its full name as host name gets that of the virtual cluster; hosts before Kubernetes 1.35 leave it the short one.
 */
export function setHostname(spec: PodSpec, pod: Pod, clusterDomain: string): void {
  const { hostname, subdomain, setHostnameAsFQDN } = spec;
  delete spec.subdomain;
  delete spec.setHostnameAsFQDN;
  if (spec.hostNetwork) return;
  spec.hostname = hostname ?? defaultHostname(pod.metadata.name);
  if (setHostnameAsFQDN && subdomain && !spec.hostnameOverride) {
    spec.hostnameOverride = `${spec.hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
  }
}

function defaultHostname(podName: string): string {
  return podName
    .slice(0, maxHostname)
    .replace(/[-.]+$/, '')
    .replaceAll('.', '-');
}
