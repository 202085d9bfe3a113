import type { KubeClient } from '../kube/client.ts';
import { type NodeMetrics, type PodMetrics, keyOf, resources } from '../kube/types.ts';
import type { ClusterView, PodPair } from './cluster-view.ts';
import { hasContainer } from './has-container.ts';
import type { NodeFigures, PodFigures, ReadFigures } from './metrics-figures.ts';

const defaultTimeoutMs = 10_000;

/** Returns a reader of what the host's `metrics.k8s.io` says of this cluster's pods. */
export function hostPodFigures({
  client,
  view,
  namespace,
  labelSelector,
  timeoutMs = defaultTimeoutMs,
}: {
  client: Pick<KubeClient, 'list'>;
  view: Pick<ClusterView, 'pods'>;
  /** On the host. */
  namespace: string;
  /** Selects this cluster's pods there. */
  labelSelector: string;
  timeoutMs?: number;
}): ReadFigures<PodFigures> {
  return async () => {
    const options = { namespace, labelSelector, signal: AbortSignal.timeout(timeoutMs) };
    const { items } = await client.list<PodMetrics>(resources.podMetrics, options);
    const byHostName = new Map(items.map((each) => [each.metadata.name, each]));
    const figures = new Map<string, PodFigures>();
    for (const pair of view.pods()) {
      const found = byHostName.get(pair.host.metadata.name);
      if (found && isNoOlder(found, pair)) figures.set(keyOf(pair.virtual), tenantFigures(found, pair));
    }
    return figures;
  };
}

/** Returns a reader of what the host's `metrics.k8s.io` says of the nodes that the virtual cluster has. */
export function hostNodeFigures({
  client,
  view,
}: {
  client: Pick<KubeClient, 'list'>;
  view: Pick<ClusterView, 'nodes'>;
}): ReadFigures<NodeFigures> {
  return async () => {
    const { items } = await client.list<NodeMetrics>(resources.nodeMetrics, {
      signal: AbortSignal.timeout(defaultTimeoutMs),
    });
    const known = new Set(view.nodes().map(({ metadata }) => metadata.name));
    return new Map(
      items
        .filter(({ metadata }) => known.has(metadata.name))
        .map(({ metadata, timestamp, window, usage }) => [metadata.name, { timestamp, window, usage }]),
    );
  };
}

/** The metrics name no UID: those of a pod that had the name before are told by their time. */
function isNoOlder({ timestamp }: PodMetrics, { host }: PodPair): boolean {
  return !(Date.parse(timestamp) < Date.parse(host.metadata.creationTimestamp ?? ''));
}

function tenantFigures({ timestamp, window, containers }: PodMetrics, { virtual }: PodPair): PodFigures {
  return { timestamp, window, containers: containers.filter(({ name }) => hasContainer(virtual, name)) };
}
