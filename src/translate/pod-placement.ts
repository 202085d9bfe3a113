import type { Pod } from '../kube/types.ts';
import { hostPodSelector } from './host-pod-selector.ts';
import { hasRequirements, type Requirement, type Selector } from './label-selector.ts';
import type { Translator } from './translator.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Labels = Record<string, string>;
type LabelKeys = { matchLabelKeys?: string[] | undefined; mismatchLabelKeys?: string[] | undefined };
type AffinityTerm = LabelKeys & {
  labelSelector?: Selector | undefined;
  namespaces?: string[] | undefined;
  namespaceSelector?: Selector | undefined;
};

/** Returns the names of the virtual namespaces whose labels `selector` selects. */
export type NamespacesMatching = (selector: Selector) => string[];

/**
 * Makes what places `spec`, the host's copy of `pod`, next to or away from other pods find on the host the pods that it finds in the
 * virtual cluster. Node selectors, node affinity (also by field, as DaemonSets have it), tolerations and the policies of spread
 * constraints stay as they are: nodes have the same names, labels and taints on both sides. Changes `spec`.
 */
export function translatePlacement(
  spec: PodSpec,
  { metadata }: Pod,
  translator: Translator,
  namespacesMatching: NamespacesMatching,
): void {
  const { namespace = '', labels = {} } = metadata;
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    const terms = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ];
    for (const term of terms) {
      const selector = withLabelKeys(term, labels);
      term.labelSelector = hostPodSelector(selector, namespacesOf(term, namespace, namespacesMatching), translator);
      for (const field of ['namespaces', 'namespaceSelector', 'matchLabelKeys', 'mismatchLabelKeys'] as const) {
        delete term[field];
      }
    }
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    constraint.labelSelector = hostPodSelector(withLabelKeys(constraint, labels), [namespace], translator);
    delete constraint.matchLabelKeys;
  }
}

/** Undefined stands for all: those listed and those selected count; without either, the pod's own (PodAffinityTerm in the API reference). */
function namespacesOf(
  { namespaces = [], namespaceSelector }: AffinityTerm,
  own: string,
  namespacesMatching: NamespacesMatching,
): string[] | undefined {
  if (!namespaceSelector) return namespaces.length > 0 ? namespaces : [own];
  if (!hasRequirements(namespaceSelector)) return undefined;
  return [...new Set([...namespaces, ...namespacesMatching(namespaceSelector)])].sort();
}

/**
 * Returns the selector with what `matchLabelKeys` and `mismatchLabelKeys` add to it (applyLabelKeysToLabelSelector). API servers from
 * 1.34 on have written that into the selector already, and a host would refuse keys that stand in both.
 */
function withLabelKeys(
  term: LabelKeys & { labelSelector?: Selector | undefined },
  labels: Labels,
): Selector | undefined {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (!labelSelector) return undefined;
  const there = labelSelector.matchExpressions ?? [];
  const requirement = (operator: string) => (key: string) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value === undefined || there.some((each) => isSingle(each, key, operator, value))
      ? []
      : [{ key, operator, values: [value] }];
  };
  const added = [...matchLabelKeys.flatMap(requirement('In')), ...mismatchLabelKeys.flatMap(requirement('NotIn'))];
  return added.length > 0 ? { ...labelSelector, matchExpressions: [...there, ...added] } : labelSelector;
}

function isSingle(requirement: Requirement, key: string, operator: string, value: string): boolean {
  const { values = [] } = requirement;
  return requirement.key === key && requirement.operator === operator && values.length === 1 && values[0] === value;
}
