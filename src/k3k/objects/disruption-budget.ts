import { type PodDisruptionBudget, resources } from '../../kube/types.ts';
import type { Cluster } from '../types.ts';
import { owned, typed } from './owned.ts';

/** Returns the budget `name` by which of the pods with `labels` one at a time may be missing when nodes are drained. */
export function disruptionBudget(cluster: Cluster, name: string, labels: Record<string, string>): PodDisruptionBudget {
  return {
    ...typed(resources.podDisruptionBudgets),
    metadata: owned(cluster, name),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
}
