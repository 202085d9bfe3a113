import type { Pod } from '../kube/types.ts';

type PodSpec = NonNullable<Pod['spec']>;

/** Linux host names end here; the kubelet cuts pod names the same way. */
const maxHostname = 63;
/** The kernel's limit (kubelet's GetNodenameForKernel). */
export const maxFullHostname = 64;

/**
 * Gives `spec`, of the host pod, the host name that the tenant's `pod` has. Its subdomain is left out: the host's kubelet
 * would write `<hostname>.<subdomain>.<host namespace>.svc…` into `/etc/hosts`, a name that no DNS of the tenant knows. A pod
 * that wants its full name as host name gets that of the virtual cluster, and one whose name has dots keeps them; hosts before Kubernetes 1.35 leave it
 * the short one, with dashes.
 */
export function setHostname(spec: PodSpec, pod: Pod, clusterDomain: string): void {
  const { hostname } = spec;
  const fullName = fullHostname(pod, clusterDomain);
  delete spec.subdomain;
  delete spec.setHostnameAsFQDN;
  if (spec.hostNetwork) return;
  const short = hostname ?? defaultHostname(pod.metadata.name);
  const wanted = fullName ?? short;
  spec.hostname = short.replaceAll('.', '-');
  if (wanted !== spec.hostname && wanted.length <= maxFullHostname) spec.hostnameOverride ??= wanted;
}

/** Returns the full name that `pod` wants as its host name, or undefined if it wants none. No kubelet starts a pod of which it has more than `maxFullHostname` characters. */
export function fullHostname({ metadata, spec }: Pod, clusterDomain: string): string | undefined {
  if (!spec?.setHostnameAsFQDN || !spec.subdomain || spec.hostnameOverride || spec.hostNetwork) return undefined;
  const hostname = spec.hostname ?? defaultHostname(metadata.name);
  return `${hostname}.${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}`;
}

function defaultHostname(podName: string): string {
  return podName.slice(0, maxHostname).replace(/[-.]+$/, '');
}
