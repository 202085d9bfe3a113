import { createController } from '../../src/k3k/controller.ts';
import { silentLog } from '../../src/log.ts';
import { createControllerMetrics } from '../../src/metrics/controller-metrics.ts';
import { clientOf } from './client-of.ts';

/** A controller of Clusters that runs in this process. */
export interface RunningController {
  /** How many writes it has asked for so far. */
  writes(): Promise<number>;
  /** How often it has looked at a Cluster, and was done with it. */
  looks(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one, alone, on the host of `kubeconfig`. */
export function startController(kubeconfig: string): RunningController {
  const client = clientOf(kubeconfig);
  const metrics = createControllerMetrics();
  const sumOf = async (pattern: RegExp) =>
    [...(await metrics.registry.metrics()).matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
  const ending = new AbortController();
  const controller = createController({
    client,
    namespace: 'default',
    watchNamespace: undefined,
    images: { k3v: 'k3v:1', k3s: 'k3s', etcd: 'etcd:1', pullPolicy: undefined, pullSecrets: [] },
    podCidrs: [],
    identity: undefined,
    workers: 4,
    metrics,
    log: silentLog,
  });
  const running = controller.run(ending.signal);
  return {
    writes: () => sumOf(/^rest_client_requests_total\{.*method="(?:POST|PUT|PATCH|DELETE)".*\} (\d+)$/gm),
    looks: () => sumOf(/^controller_runtime_reconcile_total\{.*result="(?:success|requeue_after)".*\} (\d+)$/gm),
    async stop() {
      ending.abort(new Error('the end'));
      await running;
      client.close();
    },
  };
}
