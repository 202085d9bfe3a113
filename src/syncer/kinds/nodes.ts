import { type KubeObject, type Node, type Pod, joinKey, resources } from '../../kube/types.ts';
import { withTenantMarks } from '../../translate/node-marks.ts';
import { defineMirror } from '../define-mirror.ts';
import { type EnqueueRule, enqueueFrom } from '../enqueue-rule.ts';
import { indexBy } from '../index-rule.ts';
import type { PodRules } from '../../pod-rules/pod-rules.ts';
import type { SyncContext } from '../sync-context.ts';
import { feltTaints, isAllowedNode } from './pod-rules.ts';

const byNode = 'pods-by-node';
const nodeNamesOf = ({ spec }: Pod) => (spec?.nodeName ? [spec.nodeName] : []);

/**
 * Shows the host's nodes, or of them those that run pods of this cluster. Where k3v may not read them, a node is made from what the pods on it
 * report. What the tenant puts on a node stays.
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
    whenPodMoves('host', ({ status }) => status?.hostIP),
    whenPodMoves('virtual', isOfDaemonSet),
  ],
  wholeFields: ['metadata.labels', 'spec.taints', 'spec.unschedulable'],
  fromHost(key, context) {
    const live = context.virtual.lister<Node>(resources.nodes).get(key);
    const readsNodes = context.host.has(resources.nodes);
    const found = context.host.lister<Node>(resources.nodes).get(key);
    const { nodes, podRules } = context.settings;
    const showsUnused = readsNodes && nodes !== 'used' && (!found || isAllowedNode(found, podRules));
    if (!showsUnused && !isUsed(key, context)) return undefined;
    const shown = readsNodes ? found && mirroredNode(found, podRules) : nodeOfPods(key, context, live);
    if (shown) return withTenantMarks(shown, live);
    // The pod garbage collector would end the pods that are bound to it before the host has.
    const isNamed = context.virtual.lister<Pod>(resources.pods).countOf(byNode, key) > 0;
    return live && isNamed ? nodeGoneFromHost(live) : undefined;
  },
});

/** Has a node looked at when a pod comes to it or goes from it, or when another thing that `shown` says of the pod changes; a pod has many changes that a node shows nothing of. */
function whenPodMoves(side: 'virtual' | 'host', shown: (pod: Pod) => string | boolean | undefined): EnqueueRule {
  const seen = (object: KubeObject | undefined) => {
    const pod: Pod | undefined = object;
    return pod && `${pod.spec?.nodeName} ${shown(pod)}`;
  };
  return {
    ...enqueueFrom(side, resources.pods, nodeNamesOf),
    matters: (previous, current) => seen(previous) !== seen(current),
  };
}

function podsOn(side: 'virtual' | 'host', node: string, context: SyncContext): Pod[] {
  return context[side].lister<Pod>(resources.pods).byIndex(byNode, node);
}

/** A node that pods of the host run on, or ran on: one that a tenant's pod names for itself may not be there, or be none of the tenant's business. */
function nodeOfPods(name: string, context: SyncContext, live: Node | undefined): Node | undefined {
  const pods = podsOn('host', name, context);
  return pods.length > 0 || live ? nodeFromPods(name, pods, live) : undefined;
}

/** Whether a pod is bound there, or about to be. A pod of a DaemonSet does not count: it is there because the node is, and would keep it for ever. */
function isUsed(node: string, context: SyncContext): boolean {
  const { virtual, translator } = context;
  const counts = (pod: Pod | undefined) => pod !== undefined && !isOfDaemonSet(pod);
  return (
    podsOn('virtual', node, context).some(counts) ||
    podsOn('host', node, context).some((pod) => {
      const owner = translator.ownerOf(pod, resources.pods.kind);
      return counts(owner && virtual.lister<Pod>(resources.pods).get(joinKey(owner.namespace, owner.name)));
    })
  );
}

function isOfDaemonSet({ metadata }: Pod): boolean {
  return metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === 'DaemonSet') ?? false;
}

/**
 * Returns the virtual copy of a host node, without what changes every few seconds (heartbeats), tells of other tenants (images, volumes), or keeps no pod away by the operator's
 * `rules`.
 */
export function mirroredNode(host: Node, rules?: PodRules): Node {
  const { images: _, config: __, volumesAttached: ___, volumesInUse: ____, ...status } = host.status ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: host.metadata.name, labels: { ...host.metadata.labels } },
    spec: {
      taints: feltTaints(host.spec?.taints, rules),
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

/** Returns a node as far as the pods on it show one. What `live`, its present form, says already stays: pods come and go. */
export function nodeFromPods(name: string, pods: Pod[], live?: Node): Node {
  const [first] = pods
    .map((pod) => pod.status?.hostIP ?? '')
    .filter((ip) => ip !== '')
    .sort();
  const address = live?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? first;
  const since =
    live?.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ??
    pods.map((pod) => pod.metadata.creationTimestamp ?? '').sort()[0];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    status: {
      addresses: [...(address ? [{ type: 'InternalIP', address }] : []), { type: 'Hostname', address: name }],
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'PodsRun',
          message: 'k3v does not read nodes of the host; pods run here',
          lastHeartbeatTime: since,
          lastTransitionTime: since,
        },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  };
}

/** Returns `live` as a node of which nothing is known any more. */
function nodeGoneFromHost(live: Node): Node {
  const conditions = (live.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready'
      ? { ...condition, status: 'Unknown', reason: 'NodeGone', message: 'the host has no such node any more' }
      : condition,
  );
  return { ...live, status: { ...live.status, conditions } };
}
