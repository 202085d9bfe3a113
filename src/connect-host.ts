import type { OnEnd } from './ending.ts';
import { type OpenHost, openHost } from './host/open-host.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import type { StreamingKubeClient } from './kube/rest-client.ts';
import type { OwnMetrics } from './serve-own-metrics.ts';
import type { VirtualClusterOptions } from './virtual-cluster-options.ts';

/** The host cluster, found fit to work in. */
export interface ConnectedHost extends OpenHost {
  client: StreamingKubeClient;
  namespace: string;
}

/** Connects to the host and checks that k3v can work in its namespace. Rejects as `openHost` does. */
export async function connectHost(
  { config, host, sync, progress }: Pick<VirtualClusterOptions, 'config' | 'host' | 'sync' | 'progress'>,
  { metrics }: { metrics: OwnMetrics | undefined },
  onEnd: OnEnd,
): Promise<ConnectedHost> {
  const plain = clientFromKubeConfig(host.config, host.latest);
  const client = metrics?.meterClient(plain, 'host') ?? plain;
  onEnd('client of the host', () => client.close());
  const namespace = config.namespace ?? host.namespace ?? 'default';
  const step = progress.step(`host ${client.server}`);
  const found = await openHost(client, namespace, config, sync.kinds);
  step.done(`${found.version}, namespace ${namespace}, services ${found.serviceCidr}`);
  return { ...found, client, namespace };
}
