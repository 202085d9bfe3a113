import { StatusError } from '../kube/errors.ts';
import { timestamp } from '../kube/timestamp.ts';
import { type Node, type ResourceUsage, joinKey } from '../kube/types.ts';
import { binaryQuantity, decimalQuantity } from '../translate/quantity.ts';
import type { ClusterView } from './cluster-view.ts';
import type { NodeFigures, PodFigures, ReadFigures } from './metrics-figures.ts';
import type { ContainerStats, NodeStats, PodStats, Summary } from './node-proxy-summary.ts';

/** The longest time over which a kubelet's rate may be taken, which it does not tell: cAdvisor's window. */
const window = '30s';

/** Reads the summary of `node` as the virtual cluster may see it; resolves with undefined if the host does not give one. */
export type ReadSummary = (node: Node) => Promise<Summary | undefined>;

/** Returns a reader of what the kubelets of the host say of this cluster's pods. A pod is there once all its containers have figures. */
export function kubeletPodFigures({
  view,
  readSummary,
}: {
  view: Pick<ClusterView, 'nodes' | 'pods'>;
  readSummary: ReadSummary;
}): ReadFigures<PodFigures> {
  return async () => {
    const used = new Set(view.pods().map(({ host }) => host.spec?.nodeName));
    const nodes = view.nodes().filter(({ metadata }) => used.has(metadata.name));
    const figures = new Map<string, PodFigures>();
    for (const { pods } of await readAll(nodes, readSummary)) {
      for (const pod of pods) {
        const found = podFigures(pod);
        if (found) figures.set(joinKey(pod.podRef.namespace, pod.podRef.name), found);
      }
    }
    return figures;
  };
}

/** Returns a reader of what the kubelets of the host say of the nodes that the virtual cluster has. */
export function kubeletNodeFigures({
  view,
  readSummary,
}: {
  view: Pick<ClusterView, 'nodes'>;
  readSummary: ReadSummary;
}): ReadFigures<NodeFigures> {
  return async () => {
    const figures = new Map<string, NodeFigures>();
    for (const { node } of await readAll(view.nodes(), readSummary)) {
      const { cpu } = node;
      const usage = usageOf(node);
      if (usage && cpu?.time) figures.set(node.nodeName, { timestamp: timestamp(Date.parse(cpu.time)), window, usage });
    }
    return figures;
  };
}

/** A node that does not answer is left out, as metrics-server does it; if none does, there are no figures to be had. */
async function readAll(nodes: Node[], readSummary: ReadSummary): Promise<Summary[]> {
  const summaries = (await Promise.all(nodes.map(readSummary))).filter((each) => each !== undefined);
  if (nodes.length > 0 && summaries.length === 0) throw new StatusError(503, { message: 'no kubelet answers' });
  return summaries;
}

function podFigures({ containers = [] }: PodStats): PodFigures | undefined {
  const found = containers.flatMap((each) => {
    const usage = usageOf(each);
    return usage && each.cpu?.time ? [{ name: each.name, usage, time: each.cpu.time }] : [];
  });
  if (found.length === 0 || found.length < containers.length) return undefined;
  const [earliest = ''] = found.map(({ time }) => time).sort();
  return {
    timestamp: timestamp(Date.parse(earliest)),
    window,
    containers: found.map(({ name, usage }) => ({ name, usage })),
  };
}

function usageOf({ cpu, memory }: ContainerStats | NodeStats): ResourceUsage | undefined {
  if (cpu?.usageNanoCores === undefined || memory?.workingSetBytes === undefined) return undefined;
  return { cpu: decimalQuantity(cpu.usageNanoCores), memory: binaryQuantity(memory.workingSetBytes) };
}
