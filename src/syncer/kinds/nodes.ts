import { type Node, type Pod, resources } from '../../kube/types.ts';
import { defineMirror, enqueueFrom, indexBy } from '../define-syncer.ts';

const byNode = 'pods-by-node';
const nodeNamesOf = ({ spec }: Pod) => (spec?.nodeName ? [spec.nodeName] : []);

/**
 * Shows the host's nodes. Where k3v may not read them, a node is made from what the pods on it report. A node stays as long as
 * a virtual pod is bound to it: the pod garbage collector would end the pod otherwise.
 */
export const nodeMirror = defineMirror<Node>({
  resource: resources.nodes,
  optionalHostResources: [resources.nodes],
  indexes: [
    indexBy('host', resources.pods, byNode, nodeNamesOf),
    indexBy('virtual', resources.pods, byNode, nodeNamesOf),
  ],
  enqueuedBy: [
    enqueueFrom('host', resources.nodes, ({ metadata }) => [metadata.name]),
    enqueueFrom('host', resources.pods, nodeNamesOf),
    enqueueFrom('virtual', resources.pods, nodeNamesOf),
  ],
  wholeFields: ['spec.taints', 'spec.unschedulable'],
  fromHost(key, { host, virtual }) {
    const node = host.lister<Node>(resources.nodes).get(key);
    if (node) return mirroredNode(node);
    const pods = host.lister<Pod>(resources.pods).byIndex(byNode, key);
    if (!host.has(resources.nodes) && pods.length > 0) return nodeFromPods(key, pods);
    const isUsed = virtual.lister<Pod>(resources.pods).byIndex(byNode, key).length > 0;
    return isUsed ? virtual.lister<Node>(resources.nodes).get(key) : undefined;
  },
});

/** Returns the virtual copy of a host node, without what changes every few seconds (heartbeats) or is of no use (images). */
export function mirroredNode(host: Node): Node {
  const { images: _, config: __, volumesAttached: ___, volumesInUse: ____, ...status } = host.status ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: host.metadata.name, labels: { ...host.metadata.labels } },
    spec: {
      taints: host.spec?.taints,
      unschedulable: host.spec?.unschedulable,
      ...(host.spec?.providerID ? { providerID: host.spec.providerID } : {}),
    },
    status: {
      ...status,
      conditions: (status.conditions ?? []).map((condition) => ({
        ...condition,
        lastHeartbeatTime: condition.lastTransitionTime,
      })),
    },
  };
}

/** Returns a node as far as the pods on it show one. */
export function nodeFromPods(name: string, pods: Pod[]): Node {
  const [first] = pods
    .map((pod) => pod.status?.hostIP ?? '')
    .filter((ip) => ip !== '')
    .sort();
  const since = pods.map((pod) => pod.metadata.creationTimestamp ?? '').sort()[0];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    status: {
      addresses: [...(first ? [{ type: 'InternalIP', address: first }] : []), { type: 'Hostname', address: name }],
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'PodsRun',
          message: 'k3v may not read nodes of the host; pods run here',
          lastHeartbeatTime: since,
          lastTransitionTime: since,
        },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  };
}
