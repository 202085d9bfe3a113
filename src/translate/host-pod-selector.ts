import { hostLabelKey } from './labels.ts';
import type { Requirement, Selector } from './label-selector.ts';
import { marks, type Translator } from './translator.ts';

/** No pod of ours has this in the place of its namespace. */
const noNamespace = '';

/**
 * Returns the selector that finds on the host the pods that `selector` finds in the virtual `namespaces`; undefined stands for all of this
 * virtual cluster's. No selector finds no pod, on the host as well.
 */
export function hostPodSelector(
  selector: Selector | undefined,
  namespaces: string[] | undefined,
  translator: Translator,
): { matchLabels: Record<string, string>; matchExpressions: Requirement[] } | undefined {
  if (!selector) return undefined;
  const matchLabels: Record<string, string> = { [marks.clusterLabel]: translator.id };
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) matchLabels[hostLabelKey(key)] = value;
  const matchExpressions = (selector.matchExpressions ?? []).map((each) => ({ ...each, key: hostLabelKey(each.key) }));
  if (namespaces) {
    const values = namespaces.length > 0 ? namespaces : [noNamespace];
    matchExpressions.push({ key: marks.namespaceLabel, operator: 'In', values });
  }
  return { matchLabels, matchExpressions };
}
