import { type PodDisruptionBudget, resources } from '../../kube/types.ts';
import { hostPodSelector } from '../../translate/host-pod-selector.ts';
import type { Translator } from '../../translate/translator.ts';
import { type OptInKind, rightsToWrite } from '../define-opt-in.ts';
import { defineSyncer } from '../define-syncer.ts';

export const podDisruptionBudgetSyncer = defineSyncer<PodDisruptionBudget>({
  resource: resources.podDisruptionBudgets,
  toHost: (virtual, { translator }) => toHostBudget(virtual, translator),
  wholeFields: ['spec'],
});

/**
 * PodDisruptionBudgets, so that a drain of a host node heeds them. Their status stays what the virtual cluster's own disruption controller
 * makes of the pods, whose readiness comes from the host: two writers would only disagree for a moment after each change.
 */
export const podDisruptionBudgets: OptInKind = {
  name: 'poddisruptionbudgets',
  rights: [rightsToWrite(resources.podDisruptionBudgets)],
  isCustom: false,
  open: () => ({ syncers: [podDisruptionBudgetSyncer] }),
};

/**
 * Returns the host budget that `virtual` should have. A percentage and `maxUnavailable` are shares of what the controllers of the pods want, and
 * host pods have no controllers: so the host is given the number of healthy pods that the virtual cluster has worked out.
 */
export function toHostBudget(virtual: PodDisruptionBudget, translator: Translator): PodDisruptionBudget {
  const { minAvailable: _, maxUnavailable: __, selector, ...spec } = virtual.spec ?? {};
  return {
    ...translator.hostObject(resources.podDisruptionBudgets, virtual),
    spec: {
      ...spec,
      ...limitOf(virtual),
      ...(selector ? { selector: hostPodSelector(selector, [virtual.metadata.namespace ?? ''], translator) } : {}),
    },
  };
}

/** As the eviction API does, nothing is allowed as long as nothing has been worked out, or nothing could be (`failSafe` in the controller). */
function limitOf({ status }: PodDisruptionBudget): { minAvailable: number } | { maxUnavailable: number } {
  const hasFailed = status?.conditions?.some(({ reason }) => reason === 'SyncFailed') ?? false;
  return status?.observedGeneration === undefined || !status.expectedPods || hasFailed
    ? { maxUnavailable: 0 }
    : { minAvailable: status.desiredHealthy ?? 0 };
}
