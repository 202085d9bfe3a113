import type { ClusterSpec } from './types.ts';

/** Returns the ranges of pods and Services of a cluster in mode virtual. By default, as in K3K, other ones than most hosts have. */
export function virtualRanges({
  clusterCIDR = '10.52.0.0/16',
  serviceCIDR = '10.53.0.0/16',
}: Pick<ClusterSpec, 'clusterCIDR' | 'serviceCIDR'>): { clusterCIDR: string; serviceCIDR: string } {
  return { clusterCIDR, serviceCIDR };
}
