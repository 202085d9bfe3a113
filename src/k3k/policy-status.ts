import { timestamp } from '../kube/timestamp.ts';
import { covers } from './covers.ts';
import type { Condition, PolicyStatus, VirtualClusterPolicy } from './types.ts';

/** What was found and done for one policy. */
export interface PolicyFindings {
  namespaces: number;
  clusters: number;
  /** Of each namespace in which it is not in force: why, for people. */
  failures: ReadonlyMap<string, string>;
}

/** Returns what the status of `policy` is to be, or undefined if it says so already. `at` goes in only where something has changed. */
export function policyStatus(
  { metadata, status }: VirtualClusterPolicy,
  { namespaces, clusters, failures }: PolicyFindings,
  at: Date,
): PolicyStatus | undefined {
  const [failed] = failures;
  const now = timestamp(at.getTime());
  const generation = metadata.generation ?? 0;
  const ready: Omit<Condition, 'lastTransitionTime'> = {
    type: 'Ready',
    observedGeneration: generation,
    ...(failed
      ? { status: 'False', reason: 'NotInForce', message: `in namespace ${failed[0]}: ${failed[1]}` }
      : { status: 'True', reason: 'InForce', message: `in force in ${counted(namespaces, 'namespace')}` }),
  };
  const wanted = {
    observedGeneration: generation,
    summary: `${counted(namespaces, 'namespace')}, ${counted(clusters, 'cluster')}`,
  };
  const before = status?.conditions?.find(({ type }) => type === ready.type);
  if (covers(status, wanted) && covers(before, ready)) return undefined;
  const lastTransitionTime = before?.status === ready.status ? before.lastTransitionTime : now;
  const others = (status?.conditions ?? []).filter(({ type }) => type !== ready.type);
  return { ...wanted, lastUpdateTime: now, conditions: [...others, { ...ready, lastTransitionTime }] };
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
