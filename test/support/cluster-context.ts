import type { ClusterContext } from '../../src/k3k/cluster-context.ts';
import type { ClusterSpec } from '../../src/k3k/types.ts';
import { devContext } from './k3k-context.ts';

/** Returns what the objects of the Cluster team/one are worked out from, whose Service has no address yet, on a host whose pods have unknown ranges. */
export function contextOf(
  spec: Partial<ClusterSpec> = {},
  more: Partial<Omit<ClusterContext, 'cluster' | 'spec'>> = {},
): ClusterContext {
  const { cluster, host, ...context } = devContext({ spec });
  return {
    ...context,
    cluster: { ...cluster, metadata: { name: 'one', namespace: 'team', uid: 'u-1' } },
    host: { ...host, podCidrs: [] },
    service: undefined,
    ...more,
  };
}
