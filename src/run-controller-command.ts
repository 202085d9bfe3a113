import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Config } from './cli/config.ts';
import type { ControllerWish } from './cli/controller-command.ts';
import { needKubeconfig } from './host/load-kubeconfig.ts';
import { createController } from './k3k/controller.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import type { Logger } from './log.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { userAgent } from './version.ts';

/** Runs the controller of Clusters until `signal` aborts. Rejects as `loadKubeconfig`, `serveMetrics` and `checkHost` do. */
export async function runControllerCommand(
  wish: ControllerWish,
  {
    config,
    env,
    log,
    signal,
  }: {
    config: Pick<Config, 'kubeconfig' | 'context' | 'namespace' | 'metricsAddress'>;
    env: Record<string, string | undefined>;
    log: Logger;
    signal: AbortSignal;
  },
): Promise<void> {
  const hint = 'Give it with --kubeconfig, or run the controller in a pod of the host.';
  const host = needKubeconfig({ ...config, env }, hint);
  const client = clientFromKubeConfig(host.config, { latest: host.latest, userAgent });
  const { metricsAddress } = config;
  // Loaded only when asked for.
  const metrics = metricsAddress && (await import('./metrics/controller-metrics.ts')).createControllerMetrics();
  const controller = createController({
    client,
    namespace: config.namespace ?? host.namespace ?? 'default',
    watchNamespace: wish.watchNamespace,
    images: wish.images,
    podCidrs: wish.podCidrs,
    identity: wish.leaderElect ? `${hostname()}_${randomUUID()}` : undefined,
    workers: wish.workers,
    metrics,
    log,
  });
  const isReady = () => controller.isReady();
  const served = metrics && (await serveMetrics(metricsAddress, { registry: metrics.registry, isReady }));
  log.info({ host: client.server, watches: wish.watchNamespace ?? 'all namespaces' }, 'controller starts');
  try {
    await controller.run(signal);
  } finally {
    await served?.close();
    client.close();
  }
}
