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
  return !hasEnded(virtual) && !virtual.spec?.schedulingGates?.length && !waitsForOwnScheduler(virtual);
}

/** A scheduler that runs in the virtual cluster chooses for its pods; the host then places them there. */
function waitsForOwnScheduler({ spec }: Pod): boolean {
  return hasOwnScheduler(spec) && !spec?.nodeName;
}

function hasOwnScheduler(spec: Pod['spec']): boolean {
  return (spec?.schedulerName || 'default-scheduler') !== 'default-scheduler';
}

/** Whether the status of a virtual pod, or of its host pod, shows that the host has placed it. */
export function wasOnHost({ spec, status }: Pod): boolean {
  // The binding of a scheduler of the tenant's says that it is scheduled; only what the host's kubelet says shows that it was there.
  if (hasOwnScheduler(spec)) return status?.startTime !== undefined || status?.podIP !== undefined;
  const isScheduled = (status?.conditions ?? []).some(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'True',
  );
  return status?.podIP !== undefined || isScheduled;
}
