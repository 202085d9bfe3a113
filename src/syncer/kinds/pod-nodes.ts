import { type Node, type Pod, keyOf, resources } from '../../kube/types.ts';
import { ownDomain } from '../../translate/labels.ts';
import { type Toleration, chooseNodes, nodeChoiceOf, pinToNode, tolerates } from '../../translate/node-choice.ts';
import { type Taint, hasTenantMarks, tenantMarksOf } from '../../translate/node-marks.ts';
import { type EnqueueRule, enqueueFrom } from '../enqueue-rule.ts';
import { type IndexRule, indexBy } from '../index-rule.ts';
import type { SyncContext } from '../sync-context.ts';

const marked = 'nodes-that-tenants-marked';
const unbound = 'pods-unbound';
/** Annotation of a host pod: what the tenant's marks on nodes meant for it when it was made. */
const choiceMade = `${ownDomain}/node-choice`;

export const nodeChoiceIndexes: IndexRule[] = [
  indexBy<Node>('virtual', resources.nodes, marked, (node) => (hasTenantMarks(node) ? [''] : [])),
  indexBy<Pod>('virtual', resources.pods, unbound, ({ spec }) => (spec?.nodeName ? [] : [''])),
];

/** A pod that waits for a node looks again when something about nodes changes: also whether its own is mirrored. */
export const whenNodesChange: EnqueueRule = enqueueFrom<Node>('virtual', resources.nodes, (_, { virtual }) =>
  virtual.lister<Pod>(resources.pods).byIndex(unbound, '').map(keyOf),
);

/**
 * Has `host`, the host pod of `virtual`, placed where the virtual cluster wants it: on the node that it is bound to already, else on one that what
 * the tenant has put on nodes allows. It is always the host's scheduler that places it: a bare `nodeName` would pass by the taints of the host.
 */
export function placeOnNodes(host: Pod, { spec: wanted }: Pod, context: SyncContext): Pod {
  if (!host.spec || !wanted) return host;
  const { nodeName, ...spec } = host.spec;
  if (nodeName) {
    pinToNode(spec, nodeName);
    return { ...host, spec };
  }
  const choice = choiceFor(wanted, context);
  if (!choice) return host;
  chooseNodes(spec, choice);
  const annotations = { ...host.metadata.annotations, [choiceMade]: JSON.stringify(choice) };
  return { ...host, metadata: { ...host.metadata, annotations }, spec };
}

/** Whether `host` still waits for a node, by a choice that is not what `virtual` would get now. Where a pod may run cannot change. */
export function waitsForOtherNodes({ spec }: Pod, host: Pod, context: SyncContext): boolean {
  if (!spec || spec.nodeName || host.spec?.nodeName) return false;
  const choice = choiceFor(spec, context);
  return host.metadata.annotations?.[choiceMade] !== (choice && JSON.stringify(choice));
}

/**
 * Returns with what tolerations of `host`, which its admission gave it, it may stay on its node, while `virtual` might not: the virtual cluster, which
 * shows the taints of the host, would evict it.
 */
export function toleratedByHost(virtual: Pod, host: Pod, context: Pick<SyncContext, 'virtual'>): Toleration[] {
  const node = context.virtual.lister<Node>(resources.nodes).get(host.spec?.nodeName ?? '');
  const own = virtual.spec?.tolerations ?? [];
  const isEvicting = (taint: Taint) => taint.effect === 'NoExecute' && !own.some((each) => tolerates(each, taint));
  // Every status passes here, and few nodes have such taints: whose they are is asked last.
  if (!node?.spec?.taints?.some(isEvicting)) return [];
  const tenants = tenantMarksOf(node).taints;
  const evicting = node.spec.taints.filter((taint) => isEvicting(taint) && !tenants.includes(taint));
  return (host.spec?.tolerations ?? []).filter((each) => evicting.some((taint) => tolerates(each, taint)));
}

function choiceFor(spec: NonNullable<Pod['spec']>, { virtual }: SyncContext) {
  return nodeChoiceOf(spec, virtual.lister<Node>(resources.nodes).byIndex(marked, ''));
}
