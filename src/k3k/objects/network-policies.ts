import { type NetworkPolicy, resources } from '../../kube/types.ts';
import { marks } from '../../translate/translator.ts';
import type { ObjectsOf } from '../cluster-context.ts';
import { clusterLabel } from '../names.ts';
import type { Cluster } from '../types.ts';
import { owned, typed } from './owned.ts';

type Spec = NonNullable<NetworkPolicy['spec']>;
type Peer = NonNullable<NonNullable<Spec['ingress']>[number]['from']>[number];

/** Port on which servers answer, in either mode. */
const apiPort = { protocol: 'TCP', port: 6443 };
const everywhere = ['0.0.0.0/0', '::/0'];

/**
 * The NetworkPolicies that keep one virtual cluster apart from the others, at both ends: one for its servers and agents, one for the pods that it runs in
 * the namespace. Its pods are reached by pods of the same cluster, by pods of the host that are of no virtual cluster (as ingress controllers are), and
 * from outside of the host's pod ranges; its servers by nobody else than themselves, but for the port of the API server, which is open. They reach
 * the DNS of the host, each other, and all that is outside of those ranges: the host's API server is, too.
 *
 * Where the ranges are not known, nobody comes from outside but to the API server, and other clusters are kept away by their labels alone; see `networkCondition`.
 *
 * Policies only add up. So those that a tenant has synced (`--sync networkpolicies`) close nothing between pods of the own cluster, and what they open
 * leads into no other cluster, since that one is closed at its end.
 */
export const networkPolicies: ObjectsOf = ({ cluster, spec, policy, host: { podCidrs } }) => {
  if (policy?.spec.disableNetworkPolicy) return [];
  const { name } = cluster.metadata;
  const servers: Peer = { podSelector: { matchLabels: { [clusterLabel]: name } } };
  const workloads: Peer = { podSelector: { matchLabels: { [marks.clusterLabel]: name } } };
  const own = spec.mode === 'shared' ? [servers, workloads] : [servers];
  const egress = [{ to: own }, toHostDns, { to: outside(podCidrs) }];
  const ofServers = networkPolicy(cluster, `k3k-${name}-servers`, {
    podSelector: servers.podSelector,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [servers] }, { ports: [apiPort] }],
    egress,
  });
  if (spec.mode !== 'shared') return [ofServers];
  const ofWorkloads = networkPolicy(cluster, `k3k-${name}-pods`, {
    podSelector: workloads.podSelector,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [...own, podsOfNoCluster, ...(podCidrs.length > 0 ? fromOutside(podCidrs) : [])] }],
    egress,
  });
  return [ofServers, ofWorkloads];
};

const podsOfNoCluster: Peer = {
  namespaceSelector: {},
  podSelector: {
    matchExpressions: [clusterLabel, marks.clusterLabel].map((key) => ({ key, operator: 'DoesNotExist' })),
  },
};

const toHostDns = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })),
};

function outside(podCidrs: readonly string[]): Peer[] {
  return everywhere.map((cidr) => {
    const except = podCidrs.filter((range) => isIpv6(range) === isIpv6(cidr));
    return { ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } };
  });
}

/** What comes over a node port of another node has that node's address; with an overlay or a bridge that is the first or second of its pod range. */
function fromOutside(podCidrs: readonly string[]): Peer[] {
  const ofNodes = podCidrs.map((range) => ({
    ipBlock: { cidr: range.replace(/\/\d+$/, isIpv6(range) ? '/127' : '/31') },
  }));
  return [...outside(podCidrs), ...ofNodes];
}

function isIpv6(cidr: string): boolean {
  return cidr.includes(':');
}

function networkPolicy(cluster: Cluster, name: string, spec: Spec): NetworkPolicy {
  return { ...typed(resources.networkPolicies), metadata: owned(cluster, name), spec };
}
