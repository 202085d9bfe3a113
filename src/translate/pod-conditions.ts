import type { Pod } from '../kube/types.ts';

export type Condition = NonNullable<NonNullable<Pod['status']>['conditions']>[number];

/** Conditions that the kubelet and the scheduler of the host alone have a say in (kubelet's PodConditionByKubelet). */
const ofHost = new Set([
  'PodScheduled',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodReadyToStartContainers',
  'PodResizePending',
  'PodResizeInProgress',
  'AllContainersRestarting',
]);

/**
 * Returns the conditions the virtual pod should have: the host's, and those that someone set in the virtual cluster, as an eviction or the
 * controller behind a readiness gate does. Of a readiness gate's condition that both sides have, the one that changed last counts;
 * in doubt the tenant's. `generationOf` gives the virtual generation for a host's.
 */
export function virtualConditions(
  host: Pod,
  virtual: Pod,
  generationOf: (observed: number | undefined) => number | undefined,
): Condition[] {
  const gates = gatesOf(virtual);
  const tenants = new Map((virtual.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const conditions = (host.status?.conditions ?? []).map((condition) => {
    const own = gates.has(condition.type) ? tenants.get(condition.type) : undefined;
    if (own && !isNewer(condition, own)) return own;
    return { ...condition, observedGeneration: generationOf(condition.observedGeneration) };
  });
  const there = new Set(conditions.map(({ type }) => type));
  const kept = [...tenants.values()].filter(({ type }) => !there.has(type) && !ofHost.has(type));
  const all = [...conditions, ...kept];
  const areOpen = [...gates].every((gate) => all.some(({ type, status }) => type === gate && status === 'True'));
  return areOpen ? all : all.map(withGatesClosed);
}

/** The host's kubelet may not have seen that a gate closed; and a host pod made without gates never does. */
function withGatesClosed(condition: Condition): Condition {
  return condition.type === 'Ready' && condition.status === 'True'
    ? { ...condition, status: 'False', reason: 'ReadinessGatesNotReady' }
    : condition;
}

/**
 * Returns the strategic merge patch of the host pod's status that tells its kubelet what the tenant's side says of the readiness gates, or
 * undefined if it knows.
 */
export function gatesPatch(virtual: Pod, host: Pod): object | undefined {
  const gates = gatesOf(virtual);
  const onHost = gatesOf(host);
  const conditions = (virtual.status?.conditions ?? []).flatMap((condition) => {
    const { observedGeneration: _, ...own } = condition;
    if (!gates.has(own.type) || !onHost.has(own.type)) return [];
    const live = host.status?.conditions?.find(({ type }) => type === own.type);
    return live && (saysSame(live, own) || isNewer(live, own)) ? [] : [own];
  });
  return conditions.length > 0 ? { status: { conditions } } : undefined;
}

function gatesOf({ spec }: Pod): Set<string> {
  return new Set((spec?.readinessGates ?? []).map((gate) => gate.conditionType));
}

function saysSame(a: Condition, b: Condition): boolean {
  return a.status === b.status && (a.reason ?? '') === (b.reason ?? '') && (a.message ?? '') === (b.message ?? '');
}

function isNewer(host: Condition, own: Condition): boolean {
  return (
    !saysSame(host, own) &&
    host.lastTransitionTime !== undefined &&
    own.lastTransitionTime !== undefined &&
    Date.parse(host.lastTransitionTime) > Date.parse(own.lastTransitionTime)
  );
}
