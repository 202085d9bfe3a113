import type { Node, Pod } from '../../kube/types.ts';
import type { PodRules } from '../../pod-rules/pod-rules.ts';
import { selects } from '../../translate/label-selector.ts';
import { tolerates } from '../../translate/node-choice.ts';
import { NotYet } from '../not-yet.ts';

type PodSpec = NonNullable<Pod['spec']>;

/** Returns `spec`, of a host pod, as the operator has pods run. */
export function withPodRules(spec: PodSpec, rules: PodRules | undefined): PodSpec {
  if (!rules) return spec;
  const { nodeSelector, tolerations, priorityClassName = '', runtimeClassName = '' } = rules;
  const isNew = Object.keys(nodeSelector).length > 0;
  return {
    ...spec,
    ...(isNew ? { nodeSelector: { ...spec.nodeSelector, ...nodeSelector } } : {}),
    ...(tolerations.length > 0 ? { tolerations: [...(spec.tolerations ?? []), ...tolerations] } : {}),
    ...(priorityClassName && !spec.priorityClassName ? { priorityClassName } : {}),
    ...(runtimeClassName ? { runtimeClassName } : {}),
  };
}

/** Throws NotYet, for the tenant to read, if `virtual` asks for nodes that the rules never let it have. */
export function requireAllowedNodes({ spec }: Pod, rules: PodRules | undefined): void {
  for (const [key, value] of Object.entries(rules?.nodeSelector ?? {})) {
    const asked = spec?.nodeSelector?.[key];
    if (asked === undefined || asked === value) continue;
    throw new NotYet(`the pod selects nodes with ${key}=${asked}, but pods here run on nodes with ${key}=${value}`, {
      event: 'FailedScheduling',
    });
  }
}

/** Whether the rules let pods run on `host`, a node of the host. */
export function isAllowedNode({ metadata }: Node, rules: PodRules | undefined): boolean {
  return selects({ matchLabels: { ...rules?.nodeSelector } }, metadata.labels ?? {});
}

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

/** Returns those of a host node's `taints` that the rules do not let every pod tolerate: the others keep nobody away. */
export function feltTaints(taints: Taint[] | undefined, rules: PodRules | undefined): Taint[] | undefined {
  const { tolerations = [] } = rules ?? {};
  const felt = taints?.filter((taint) => !tolerations.some((each) => tolerates(each, taint)));
  return felt?.length === 0 ? undefined : felt;
}
