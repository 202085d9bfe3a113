import type { Pod } from '../kube/types.ts';

type PodStatus = NonNullable<Pod['status']>;

/**
 * Returns the status the virtual pod should have: the host pod's, without containers that only the host knows (sidecars injected
 * there), with generations of the virtual object, and with the conditions that the tenant's readiness gates name.
 */
export function virtualPodStatus(host: Pod, virtual: Pod): PodStatus {
  const status = host.status ?? {};
  const generationOf = (observed: number | undefined) =>
    observed === undefined
      ? undefined
      : observed === host.metadata.generation
        ? virtual.metadata.generation
        : virtual.status?.observedGeneration;
  const gates = new Set((virtual.spec?.readinessGates ?? []).map((gate) => gate.conditionType));
  const own = (virtual.status?.conditions ?? []).filter(({ type }) => gates.has(type));
  const gatesOpen = [...gates].every((type) => own.some((each) => each.type === type && each.status === 'True'));
  const conditions = (status.conditions ?? [])
    .filter(({ type }) => !gates.has(type))
    .map((condition) => {
      const mapped = { ...condition, observedGeneration: generationOf(condition.observedGeneration) };
      return condition.type === 'Ready' && condition.status === 'True' && !gatesOpen
        ? { ...mapped, status: 'False', reason: 'ReadinessGatesNotReady' }
        : mapped;
    });
  const { conditions: _, ...plain } = status;
  return {
    ...plain,
    observedGeneration: generationOf(status.observedGeneration),
    qosClass: virtual.status?.qosClass ?? status.qosClass,
    ...(conditions.length + own.length > 0 ? { conditions: [...conditions, ...own] } : {}),
    containerStatuses: known(status.containerStatuses, virtual.spec?.containers),
    initContainerStatuses: known(status.initContainerStatuses, virtual.spec?.initContainers),
    ephemeralContainerStatuses: known(status.ephemeralContainerStatuses, virtual.spec?.ephemeralContainers),
  };
}

function known<S extends { name: string }>(
  statuses: S[] | undefined,
  containers: { name: string }[] | undefined,
): S[] | undefined {
  if (!statuses) return undefined;
  const names = new Set((containers ?? []).map(({ name }) => name));
  return statuses.filter(({ name }) => names.has(name));
}
