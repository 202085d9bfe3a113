import { contentHash } from '../content-hash.ts';
import type { KubeObject } from '../kube/types.ts';
import { forgetEldest } from '../forget-eldest.ts';

/** A hash for each: some 2 MB at most. */
const maxKnown = 20_000;

/** Finds out which writes to the host only put back what others had changed or deleted there. What happened while k3v was down it cannot know. */
export interface DriftWatch {
  /** The host has `desired` for `virtual` from now on; `wrote` says whether that took a write. */
  asked(virtual: KubeObject, desired: KubeObject, wrote: boolean): void;
  /** The host object of the virtual object with this UID is deleted by k3v itself. */
  forget(uid: string | undefined): void;
}

/** Returns a watch that calls `onRepair` for each such write: one after which the host has just what it had been asked for before. */
export function createDriftWatch(onRepair: () => void): DriftWatch {
  /** Hashes of what was asked for, by the UID of the virtual object. */
  const known = new Map<string, string>();
  return {
    asked({ metadata: { uid = '' } }, desired, wrote) {
      const hash = contentHash(desired);
      if (wrote && known.get(uid) === hash) onRepair();
      known.delete(uid);
      known.set(uid, hash);
      forgetEldest(known, maxKnown);
    },
    forget: (uid = '') => void known.delete(uid),
  };
}
