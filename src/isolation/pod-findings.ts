import type { Pod } from '../kube/types.ts';
import { type PodRule, baselineRules } from './baseline-rules.ts';
import type { Isolation } from '../isolations.ts';
import { restrictedRules } from './restricted-rules.ts';
import { sharedHostRules } from './shared-host-rules.ts';

const rulesOf: Record<Isolation, PodRule[]> = {
  none: [],
  baseline: [...sharedHostRules, ...baselineRules],
  restricted: [...sharedHostRules, ...baselineRules, ...restrictedRules],
};

/** Returns what `isolation` forbids in `pod`, in words, each thing once; nothing if the pod may run on the host. */
export function podFindings({ spec, metadata }: Pod, isolation: Isolation): string[] {
  if (!spec) return [];
  return [...new Set(rulesOf[isolation].flatMap((rule) => rule(spec, metadata)))];
}
