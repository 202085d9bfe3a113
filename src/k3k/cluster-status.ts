import { timestamp } from '../kube/timestamp.ts';
import type { ClusterContext } from './cluster-context.ts';
import { shownVersion } from './cluster-version.ts';
import type { Endpoint } from './endpoint.ts';
import { appliedPolicy } from './merge-policy.ts';
import { networkCondition } from './network-condition.ts';
import type { Cluster, ClusterStatus, Condition, Phase } from './types.ts';
import { virtualRanges } from './virtual-ranges.ts';

/** How a Cluster stands. */
export interface Standing {
  phase: Phase;
  /** For programs, in the words of K3K. */
  reason: 'Paused' | 'Provisioned' | 'Provisioning' | 'ProvisioningFailed' | 'Terminating' | 'ValidationFailed';
  message: string;
}

/** Returns the status of the Cluster of `context`, which stands so and is reached at `endpoint`. */
export function clusterStatus(
  context: ClusterContext,
  { standing, endpoint, now }: { standing: Standing; endpoint: Endpoint | undefined; now: () => number },
): ClusterStatus {
  const { cluster, spec, policy, host } = context;
  const { conditions = [], ...standingNow } = standingStatus(cluster, standing, now);
  return {
    ...standingNow,
    conditions: withCondition(conditions, cluster, networkCondition(context), now),
    hostVersion: host.version,
    version: shownVersion(context),
    ...ranges(context),
    ...(endpoint ? { endpoint: endpoint.url, tlsSANs: endpoint.sans } : {}),
    ...(spec.clusterDNS ? { clusterDNS: spec.clusterDNS } : {}),
    ...(policy ? { policyName: policy.metadata.name, policy: appliedPolicy(policy) } : {}),
  };
}

/** Returns what the status says of how the Cluster stands. */
export function standingStatus(
  cluster: Cluster,
  { phase, reason, message }: Standing,
  now: () => number,
): Pick<ClusterStatus, 'observedGeneration' | 'phase' | 'conditions'> {
  const status = phase === 'Ready' ? 'True' : 'False';
  const conditions = cluster.status?.conditions ?? [];
  return {
    ...observed(cluster),
    phase,
    conditions: withCondition(conditions, cluster, { type: 'Ready', status, reason, message }, now),
  };
}

/** Returns `conditions` with one of them new. Its time is that at which it became true or false. */
function withCondition(
  conditions: readonly Condition[],
  cluster: Cluster,
  said: Omit<Condition, 'lastTransitionTime'>,
  now: () => number,
): Condition[] {
  const before = conditions.find(({ type }) => type === said.type);
  const at = before?.status === said.status ? before.lastTransitionTime : timestamp(now());
  const condition: Condition = { ...said, ...observed(cluster), lastTransitionTime: at };
  return before ? conditions.map((each) => (each === before ? condition : each)) : [...conditions, condition];
}

function observed({ metadata: { generation } }: Cluster): { observedGeneration?: number } {
  return generation === undefined ? {} : { observedGeneration: generation };
}

function ranges({ spec, host }: ClusterContext): Pick<ClusterStatus, 'clusterCIDR' | 'serviceCIDR'> {
  if (spec.mode === 'virtual') return virtualRanges(spec);
  const serviceCIDR = spec.serviceCIDR ?? host.serviceCidr;
  return serviceCIDR === undefined ? {} : { serviceCIDR };
}
