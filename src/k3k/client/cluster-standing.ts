import type { Cluster, Condition, Phase } from '../types.ts';

/** Where a Cluster stands, for who waits. */
export interface Standing {
  phase: Phase;
  /** Of its condition Ready; empty where there is none. */
  reason: string;
  message: string;
  /** Whether a controller has seen the object as it is. */
  isSeen: boolean;
}

/** Returns where `cluster` stands. */
export function standingOf({ metadata, status }: Cluster): Standing {
  const ready: Condition | undefined = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    phase: status?.phase ?? 'Unknown',
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
    isSeen: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
  };
}

/** Whether `cluster` is ready as it is asked for. */
export function isReady(cluster: Cluster): boolean {
  const { phase, isSeen } = standingOf(cluster);
  return phase === 'Ready' && isSeen;
}

/** Whether the servers are stopped, as asked for. */
export function isPaused(cluster: Cluster): boolean {
  const { phase, reason } = standingOf(cluster);
  return phase === 'Pending' && reason === 'Paused';
}

/** Whether nothing comes of it until somebody changes it. */
export function isRefused(cluster: Cluster): boolean {
  const { phase, reason, isSeen } = standingOf(cluster);
  return phase === 'Pending' && reason === 'ValidationFailed' && isSeen;
}

/** Returns it in words: `Provisioning: pod k3k-a-server-0 is not ready`. */
export function standingWords(cluster: Cluster): string {
  const { phase, message, isSeen } = standingOf(cluster);
  if (phase === 'Unknown' || !isSeen) return 'not yet seen by the controller';
  return message === '' ? phase : `${phase}: ${message}`;
}
