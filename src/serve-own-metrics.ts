import type { Config } from './cli/config.ts';
import type { ClusterMetrics, FollowedCluster } from './metrics/cluster-metrics.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import type { OnEnd } from './ending.ts';

/** The figures of this k3v, which are served at `--metrics-address`. */
export type OwnMetrics = Omit<ClusterMetrics, 'registry'>;

/**
 * Serves the figures of a virtual cluster, which is ready once it is followed; resolves with what is to be told of what happens, or with undefined if nobody wants to know: then
 * nothing of it is loaded. Rejects as `serveMetrics` does.
 */
export async function serveOwnMetrics(
  { metricsAddress }: Pick<Config, 'metricsAddress'>,
  onEnd: OnEnd,
): Promise<OwnMetrics | undefined> {
  if (!metricsAddress) return undefined;
  const { createClusterMetrics } = await import('./metrics/cluster-metrics.ts');
  const { registry, ...metrics } = createClusterMetrics();
  let isReady = false;
  const served = await serveMetrics(metricsAddress, { registry, isReady: () => isReady });
  onEnd('own metrics', () => served.close());
  return {
    ...metrics,
    follow(cluster: FollowedCluster) {
      metrics.follow(cluster);
      isReady = true;
    },
  };
}
