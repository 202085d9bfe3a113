import type { ShownAs } from '../../cli/host-command.ts';
import { type VirtualClusterPolicy, k3kResources } from '../types.ts';
import { type Columns, ageOf, showObject, showObjects, singular, titledLines } from './show-objects.ts';

/** Returns a list of policies as it is asked for. */
export function showPolicies(policies: readonly VirtualClusterPolicy[], as: ShownAs, nowMs: number): string {
  const columns: Columns<VirtualClusterPolicy> = [
    ['NAME', ({ metadata }) => metadata.name],
    ['MODE', ({ spec }) => spec.allowedMode],
    ['AGE', (policy) => ageOf(policy, nowMs)],
  ];
  const wide: Columns<VirtualClusterPolicy> = [
    ['POD SECURITY', ({ spec }) => spec.podSecurityAdmissionLevel],
    ['SUMMARY', ({ status }) => status?.summary],
  ];
  return showObjects(policies, as, { resource: k3kResources.policies, columns, wide, none: 'no policies' });
}

/** Returns one policy, to which `namespaces` are bound, as it is asked for. */
export function showPolicy(
  policy: VirtualClusterPolicy,
  namespaces: readonly string[],
  as: ShownAs,
  nowMs: number,
): string {
  const { metadata, spec, status } = policy;
  if (as === 'json' || as === 'yaml') return showObject(policy, as);
  if (as === 'name') return `${singular(k3kResources.policies)}/${metadata.name}\n`;
  const rows: [string, string | undefined][] = [
    ['name', metadata.name],
    ['mode', spec.allowedMode],
    ['pod security', spec.podSecurityAdmissionLevel],
    ['quota', amounts(spec.quota?.hard)],
    ['namespaces', namespaces.join(', ') || 'none'],
    ['status', status?.summary],
    ['age', ageOf(policy, nowMs)],
  ];
  return titledLines(rows);
}

function amounts(hard: Record<string, string> | undefined): string | undefined {
  return (
    hard &&
    Object.entries(hard)
      .map(([name, amount]) => `${name}=${amount}`)
      .join(', ')
  );
}
