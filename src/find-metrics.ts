import type { ConnectedHost } from './connect-host.ts';
import type { KubeClient } from './kube/client.ts';
import { StatusError, isBusy } from './kube/errors.ts';
import { apiVersionOf, resources } from './kube/types.ts';

/** From whom k3v can have figures: the host's `metrics.k8s.io`, or its kubelets. */
type Way = 'host' | 'kubelets';

/** The ways to the figures of pods and of nodes; the best first. */
export interface MetricsWays {
  pods: Way[];
  nodes: Way[];
}

/** Finds out which ways there are, by the rights that k3v has and what the host serves. Resolves with undefined if there is none. */
export async function findMetrics({ client, forbidden }: ConnectedHost): Promise<MetricsWays | undefined> {
  const may = (name: string) => !forbidden.includes(name);
  const isServed = (may('pods.metrics.k8s.io') || may('nodes.metrics.k8s.io')) && (await servesMetrics(client));
  const waysTo = (name: string): Way[] => [
    ...(isServed && may(name) ? (['host'] as const) : []),
    ...(may('nodes/proxy') ? (['kubelets'] as const) : []),
  ];
  const ways = { pods: waysTo('pods.metrics.k8s.io'), nodes: waysTo('nodes.metrics.k8s.io') };
  return ways.pods.length + ways.nodes.length > 0 ? ways : undefined;
}

/** A metrics-server that does not answer just now is one too. */
async function servesMetrics(client: KubeClient): Promise<boolean> {
  try {
    await client.request('GET', `/apis/${apiVersionOf(resources.podMetrics)}`);
    return true;
  } catch (error) {
    if (error instanceof StatusError) return isBusy(error);
    throw error;
  }
}
