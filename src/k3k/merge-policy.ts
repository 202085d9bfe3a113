import type { AppliedPolicy, ClusterSpec, VirtualClusterPolicy } from './types.ts';

/** Returns what `policy` says of the clusters in its namespaces, as their status shows it. */
export function appliedPolicy({ metadata, spec }: VirtualClusterPolicy): AppliedPolicy {
  const given = {
    priorityClass: spec.defaultPriorityClass,
    nodeSelector: spec.defaultNodeSelector,
    serverAffinity: spec.defaultServerAffinity,
    agentAffinity: spec.defaultAgentAffinity,
    sync: spec.sync,
    podSecurityContext: spec.podSecurityContext,
    securityContext: spec.securityContext,
    runtimeClassName: spec.runtimeClassName,
    hostUsers: spec.hostUsers,
  };
  return { name: metadata.name, ...said(given) };
}

/** Returns `spec` with what `policy` says in its place. What the policy leaves open stays the cluster's own. */
export function mergePolicy(spec: ClusterSpec, policy: VirtualClusterPolicy | undefined): ClusterSpec {
  if (!policy) return spec;
  const { name: _, agentAffinity, ...applied } = appliedPolicy(policy);
  // In mode shared there are no agents.
  return { ...spec, ...applied, ...(spec.mode === 'virtual' && agentAffinity ? { agentAffinity } : {}) };
}

/** Returns `fields` without those that say nothing: an empty name or map is no wish of a policy. */
function said<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const isSaid = ([, value]: [string, unknown]) =>
    value !== undefined && value !== '' && !(typeof value === 'object' && Object.keys(Object(value)).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(isSaid)) as { [K in keyof T]?: NonNullable<T[K]> };
}
