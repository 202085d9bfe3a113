import type { Node, Pod } from '../kube/types.ts';
import { type Requirement, selects } from './label-selector.ts';
import { type Taint, type TenantMarks, tenantMarksOf } from './node-marks.ts';

type PodSpec = NonNullable<Pod['spec']>;
type NodeAffinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>;
type Term = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms'][number];
export type Toleration = NonNullable<PodSpec['tolerations']>[number];
type Labels = Record<string, string>;

/** What the tenant's marks on nodes change for a pod; names of nodes, sorted. */
export interface NodeChoice {
  /** Nodes that the host would choose from, and that the tenant's cordons, taints or labels rule out. */
  not: string[];
  /** Nodes that only the tenant's labels bring in. */
  also: string[];
}

/** Returns what the tenant's marks on `nodes` change for a pod with `spec`, or undefined if nothing. The host knows of no such marks. */
export function nodeChoiceOf(spec: PodSpec, nodes: Iterable<Node>): NodeChoice | undefined {
  const not: string[] = [];
  const also: string[] = [];
  for (const node of nodes) {
    const marks = tenantMarksOf(node);
    const { name, labels = {} } = node.metadata;
    const hosts = Object.fromEntries(Object.entries(labels).filter(([key]) => !Object.hasOwn(marks.labels, key)));
    const onHost = isChosen(spec, name, hosts);
    const wanted = isChosen(spec, name, labels) && !isRepelled(spec, marks);
    if (onHost && !wanted) not.push(name);
    if (wanted && !onHost) also.push(name);
  }
  return not.length + also.length > 0 ? { not: not.sort(), also: also.sort() } : undefined;
}

/** Makes `spec`, of a host pod, ask for the nodes of `choice`, so that the host chooses as if it knew the tenant's marks. Changes `spec`. */
export function chooseNodes(spec: PodSpec, { not, also }: NodeChoice): void {
  const excluded = not.map((name) => nameIs('NotIn', name));
  const labels: Requirement[] = [];
  if (also.length > 0) {
    // A plain node selector would hold for those as well.
    for (const [key, value] of Object.entries(spec.nodeSelector ?? {}))
      labels.push({ key, operator: 'In', values: [value] });
    delete spec.nodeSelector;
  }
  requireOneOf(spec, [
    ...termsOf(spec).map((term) => withRequirements(term, labels, excluded)),
    ...also.map((name) => ({ matchFields: [nameIs('In', name)] })),
  ]);
}

/** Makes `spec`, of a host pod, ask for the node `name`, beside all else that it asks for. Changes `spec`. */
export function pinToNode(spec: PodSpec, name: string): void {
  requireOneOf(
    spec,
    termsOf(spec).map((term) => withRequirements(term, [], [nameIs('In', name)])),
  );
}

function nameIs(operator: 'In' | 'NotIn', name: string): Requirement {
  // The API server takes one name only.
  return { key: 'metadata.name', operator, values: [name] };
}

/** Returns the terms of which a node has to meet one; `{}` stands for any node. */
function termsOf({ affinity }: PodSpec): Term[] {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required ? required.nodeSelectorTerms.filter((term) => !isEmpty(term)) : [{}];
}

/** A term without requirements is met by no node (NodeSelectorTerm in the API reference). */
function isEmpty({ matchExpressions = [], matchFields = [] }: Term): boolean {
  return matchExpressions.length + matchFields.length === 0;
}

function withRequirements(term: Term, expressions: Requirement[], fields: Requirement[]): Term {
  const matchExpressions = [...(term.matchExpressions ?? []), ...expressions];
  const matchFields = [...(term.matchFields ?? []), ...fields];
  return {
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
    ...(matchFields.length > 0 ? { matchFields } : {}),
  };
}

function requireOneOf(spec: PodSpec, nodeSelectorTerms: Term[]): void {
  // None is left of terms that no node meets: those stay.
  if (nodeSelectorTerms.length === 0) return;
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  const nodeAffinity = { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution };
  spec.affinity = { ...spec.affinity, nodeAffinity };
}

/** The scheduler's rule (component-helpers, GetRequiredNodeAffinity). */
function isChosen(spec: PodSpec, name: string, labels: Labels): boolean {
  return (
    selects({ matchLabels: spec.nodeSelector }, labels) &&
    termsOf(spec).some(
      ({ matchExpressions, matchFields }) =>
        selects({ matchExpressions }, labels) && selects({ matchExpressions: matchFields }, { 'metadata.name': name }),
    )
  );
}

const cordon: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function isRepelled({ tolerations = [] }: PodSpec, { taints, unschedulable }: TenantMarks): boolean {
  return [...taints, ...(unschedulable ? [cordon] : [])].some(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((each) => tolerates(each, taint)),
  );
}

/** A toleration without a key or an effect is for all (Toleration in the API reference). */
export function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  return (
    (!effect || effect === taint.effect) &&
    (!key || key === taint.key) &&
    (operator === 'Exists' || (key !== undefined && value === (taint.value ?? '')))
  );
}
