import type { ClusterContext } from './cluster-context.ts';
import type { Condition } from './types.ts';

/** Returns what the status of a Cluster says about how its pods are kept apart from those of others, without the time. */
export function networkCondition({
  policy,
  host: { podCidrs },
}: Pick<ClusterContext, 'policy' | 'host'>): Omit<Condition, 'lastTransitionTime'> & { status: 'True' | 'False' } {
  const type = 'NetworkIsolated';
  if (policy?.spec.disableNetworkPolicy) {
    return {
      type,
      status: 'False',
      reason: 'DisabledByPolicy',
      message: `the policy ${policy.metadata.name} says disableNetworkPolicy: pods of other clusters can reach those of this one`,
    };
  }
  if (podCidrs.length === 0) {
    return {
      type,
      status: 'False',
      reason: 'PodRangesUnknown',
      message:
        'the ranges of the pods of the host are not known (nodes have no spec.podCIDRs, or pods have other addresses): pods of this cluster may reach pods of the host, and clients outside of the host reach only its API server. Give the controller --pod-cidr (chart: host.clusterCIDR)',
    };
  }
  return {
    type,
    status: 'True',
    reason: 'NetworkPolicies',
    message: 'NetworkPolicies are in place; whether they are enforced is up to the network plugin of the host',
  };
}
