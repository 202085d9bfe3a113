import type { OnEnd } from './ending.ts';
import { type OpenHost, openHost } from './host/open-host.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import { paceClient } from './kube/paced-client.ts';
import { type GateStanding, createRequestGate } from './kube/request-gate.ts';
import type { StreamingKubeClient } from './kube/rest-client.ts';
import type { OwnMetrics } from './serve-own-metrics.ts';
import type { VirtualClusterOptions } from './virtual-cluster-options.ts';
import { userAgent } from './version.ts';

/** The host cluster, found fit to work in. */
export interface ConnectedHost extends OpenHost {
  client: StreamingKubeClient;
  /** The same for what somebody waits for meanwhile: its requests go before others. */
  urgentClient: StreamingKubeClient;
  namespace: string;
  /** Of all requests of this k3v to the host, but for watches and streams. */
  requests: () => GateStanding;
}

/**
 * Connects to the host and checks that k3v can work in its namespace. Until `signal` aborts no more is asked of the host at a time than it takes well. Rejects as
 * `openHost` does.
 */
export async function connectHost(
  { config, host, sync, progress }: Pick<VirtualClusterOptions, 'config' | 'host' | 'sync' | 'progress'>,
  { metrics, signal }: { metrics: OwnMetrics | undefined; signal: AbortSignal },
  onEnd: OnEnd,
): Promise<ConnectedHost> {
  const plain = clientFromKubeConfig(host.config, { latest: host.latest, userAgent });
  // Within the gate: how long the host takes to answer is not how long k3v waits before it asks.
  const metered = metrics?.meterClient(plain, 'host') ?? plain;
  const gate = createRequestGate({ signal });
  const client = paceClient(metered, gate);
  const urgentClient = paceClient(metered, gate, { urgent: true });
  onEnd('client of the host', () => client.close());
  const namespace = config.namespace ?? host.namespace ?? 'default';
  const step = progress.step(`host ${client.server}`);
  const found = await openHost(client, namespace, config, sync.kinds);
  step.done(`${found.version}, namespace ${namespace}, services ${found.serviceCidr}`);
  return { ...found, client, urgentClient, namespace, requests: () => gate.standing() };
}
