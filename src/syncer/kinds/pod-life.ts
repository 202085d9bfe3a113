import type { Pod } from '../../kube/types.ts';

/** Whether a host pod of `virtual` is still to be made. */
export function startsOnHost(virtual: Pod): boolean {
  return mayRun(virtual) && !wasOnHost(virtual) && virtual.metadata.deletionTimestamp === undefined;
}

/** Whether `virtual` has come to its end, completed or failed. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Whether nothing in the virtual cluster keeps `virtual` from being run. */
export function mayRun(virtual: Pod): boolean {
  return !hasEnded(virtual) && !virtual.spec?.schedulingGates?.length;
}

/** Whether the status of `virtual` shows that a host pod existed. */
export function wasOnHost({ status }: Pod): boolean {
  const isScheduled = (status?.conditions ?? []).some(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'True',
  );
  return status?.podIP !== undefined || isScheduled;
}
