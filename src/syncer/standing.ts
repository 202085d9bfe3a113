import type { WorkQueue } from '../kube/work-queue.ts';

/** Why a key is not in sync. */
export interface Failure {
  /** That of the Warning event by which the tenant was told; undefined: it only has to wait, and nobody was told. */
  reason: string | undefined;
  message: string;
}

/** Keys that could not be brought in sync. */
export type Failures = Map<string, Failure>;

/** How the keys of one kind stand. */
export interface Standing {
  /** Those that will be in sync when their turn comes, or when something that they wait for is there. */
  pending: number;
  /** Those that stay as they are until somebody changes something: what they ask for is refused. */
  refused: number;
  /** The first of those of which something is known, refused ones first. */
  failing: Record<string, { reason?: string; message: string }>;
}

/** Reasons of events that tell of a refusal; what others tell of passes. */
export const refusals: ReadonlySet<string> = new Set([
  'ClaimLost',
  'ForbiddenByIsolation',
  'HostNameTaken',
  'HostRefused',
  'NotSupported',
  'QuotaExceeded',
]);
const maxShown = 20;
const maxMessageLength = 1024;

/** Returns how the keys stand that wait in `queue` or are known to `failures`. At most 20 of them are named, each with at most 1024 characters. */
export function standingOf(failures: Failures, queue: Pick<WorkQueue, 'depth' | 'has'>): Standing {
  const isRefused = ([, { reason = '' }]: [string, Failure]) => refusals.has(reason);
  const [refused, waits] = [[...failures].filter(isRefused), [...failures].filter((each) => !isRefused(each))];
  const queued = ([key]: [string, Failure]) => queue.has(key);
  const shown = [...refused, ...waits].slice(0, maxShown);
  return {
    pending: queue.depth - refused.filter(queued).length + waits.filter((each) => !queued(each)).length,
    refused: refused.length,
    failing: Object.fromEntries(
      shown.map(([key, { reason, message }]) => [
        key,
        { ...(reason === undefined ? {} : { reason }), message: message.slice(0, maxMessageLength) },
      ]),
    ),
  };
}
