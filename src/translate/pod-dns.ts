import type { Pod } from '../kube/types.ts';

type PodSpec = NonNullable<Pod['spec']>;
type DnsConfig = NonNullable<PodSpec['dnsConfig']>;
type DnsOption = NonNullable<DnsConfig['options']>[number];

/** Cluster DNS of the virtual cluster. */
export interface ClusterDns {
  /** Addresses under which pods on the host reach it. */
  servers: readonly string[];
  /** For example `cluster.local`. */
  domain: string;
}

/** What an API server lets a pod have (ValidatePodDNSConfig) and a kubelet cuts to, the tenant's own at the end. */
const limits = { servers: 3, searches: 32, searchLength: 2048, nameLength: 253 };

/** Whether `pod` asks cluster DNS first. On the network of its node it does so only if told. */
export function usesClusterDns({ spec }: Pod): boolean {
  const policy = spec?.dnsPolicy ?? 'ClusterFirst';
  return policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !spec?.hostNetwork);
}

/**
 * Returns the fields that make the host's kubelet write what the kubelet of a cluster with `dns` would write into the
 * `/etc/resolv.conf` of `pod` (kubelet's dns.Configurer.GetPodDNS), but for the search domains of the node, which are
 * none of the tenant's. Empty, so that the pod gets the host's DNS, where there is no `dns` server.
 */
export function hostDns(pod: Pod, dns: ClusterDns): Pick<PodSpec, 'dnsPolicy' | 'dnsConfig'> {
  if (!usesClusterDns(pod) || dns.servers.length === 0) return {};
  const { nameservers = [], searches = [], options = [] } = pod.spec?.dnsConfig ?? {};
  const services = `svc.${dns.domain}`;
  const ours = [`${pod.metadata.namespace}.${services}`, services, dns.domain];
  return {
    dnsPolicy: 'None',
    dnsConfig: {
      nameservers: unique([...dns.servers, ...nameservers]).slice(0, limits.servers),
      searches: withinLimits(unique([...ours, ...searches])),
      options: merged([{ name: 'ndots', value: '5' }, ...options]),
    },
  };
}

/** The last option of a name wins. */
function merged(options: DnsOption[]): DnsOption[] {
  return [...new Map(options.map((option) => [option.name, option])).values()];
}

function withinLimits(searches: string[]): string[] {
  const kept = searches.slice(0, limits.searches).filter((search) => search.length <= limits.nameLength);
  while (kept.join(' ').length > limits.searchLength) kept.pop();
  return kept;
}

function unique(items: string[]): string[] {
  return [...new Set(items)];
}
