import type { KubeObject } from '../kube/types.ts';
import type { HostOwner } from '../translate/translator.ts';

/** What is known about one key when the engine looks at it. */
export interface Situation {
  virtual: KubeObject | undefined;
  host: KubeObject | undefined;
  /** Whom `host` says it mirrors; undefined if it carries our labels but no owner marks. */
  owner: HostOwner | undefined;
  /** Whether `host` stays without `virtual`, whoever that was, and becomes that of its successor. */
  outlives: boolean;
  /** Whether `virtual` should have a host object now. For `runs` it matters only while there is none. */
  crosses: boolean;
  life: 'mirrors' | 'runs';
  /** For `runs`: `virtual` or `host` shows that the host began to run it. */
  wasOnHost: boolean;
  nowMs: number;
}

/** What the engine does about a key. */
export type Decision =
  /** Nothing is left to do. `gone`: both objects are gone, what was remembered about the key can go too. */
  | { action: 'nothing'; gone: boolean }
  /** Look again later: a host Service made ahead of its owner is given time to get one. */
  | { action: 'wait'; delayMs: number }
  | { action: 'create-host' }
  | { action: 'delete-host'; graceSeconds: number | undefined; thenReport: boolean }
  /** The virtual object's host object is gone (or going): end the virtual one, too. */
  | { action: 'end-virtual'; graceSeconds: number; hostGone: boolean }
  /** Bring the host object up to date, then the virtual one. */
  | { action: 'sync' }
  /** The virtual object is going and its host object has been told: only report back. */
  | { action: 'report' };

/** How long a host object made ahead of its owner (by the Service admission webhook) may stand alone. */
export const ownerlessLifeMs = 60_000;

/** Returns what to do in `situation`. Pure. */
export function decide(situation: Situation): Decision {
  const { virtual, host } = situation;
  if (!virtual) return host ? decideWithoutVirtual(situation, host) : { action: 'nothing', gone: true };
  if (!host) return decideWithoutHost(situation, virtual);
  if (!situation.outlives && situation.owner?.uid !== undefined && situation.owner.uid !== virtual.metadata.uid) {
    return deleteLeftOver(situation, host);
  }
  if (situation.life === 'mirrors' && !situation.crosses) {
    return situation.owner ? deleteLeftOver(situation, host) : { action: 'nothing', gone: false };
  }
  if (situation.life === 'runs') {
    if (isDeleting(virtual)) return decideWhileTerminating(virtual, host);
    // One that goes before it ran, as it does when k3v makes it anew, has ended nothing: what follows it may.
    if (isDeleting(host) && situation.wasOnHost) {
      return {
        action: 'end-virtual',
        graceSeconds: host.metadata.deletionGracePeriodSeconds ?? 0,
        hostGone: false,
      };
    }
  }
  // What is only mirrored, or never ran, comes back when it has gone.
  return isDeleting(host) ? { action: 'nothing', gone: false } : { action: 'sync' };
}

function decideWithoutVirtual(situation: Situation, host: KubeObject): Decision {
  const { owner, outlives, nowMs } = situation;
  if (!owner || outlives) return { action: 'nothing', gone: true };
  if (owner.uid === undefined) {
    const ageMs = nowMs - Date.parse(host.metadata.creationTimestamp ?? '');
    if (ageMs < ownerlessLifeMs) return { action: 'wait', delayMs: ownerlessLifeMs - ageMs };
  }
  return deleteLeftOver(situation, host);
}

function decideWithoutHost({ life, crosses, wasOnHost }: Situation, virtual: KubeObject): Decision {
  if (life === 'mirrors') return crosses ? { action: 'create-host' } : { action: 'nothing', gone: false };
  if (isDeleting(virtual)) {
    // Grace 0 with the object still there: finalizers hold it, and those are not ours. Or its API server was killed between the two writes of a
    // deletion, the mark and the end: then it waits for its kubelet, and that is us.
    const isHeld = (virtual.metadata.finalizers ?? []).length > 0;
    return isHeld && virtual.metadata.deletionGracePeriodSeconds === 0
      ? { action: 'nothing', gone: false }
      : { action: 'end-virtual', graceSeconds: 0, hostGone: true };
  }
  if (wasOnHost) return { action: 'end-virtual', graceSeconds: 0, hostGone: true };
  return crosses ? { action: 'create-host' } : { action: 'nothing', gone: false };
}

function decideWhileTerminating(virtual: KubeObject, host: KubeObject): Decision {
  const wanted = virtual.metadata.deletionGracePeriodSeconds;
  if (!isDeleting(host)) return { action: 'delete-host', graceSeconds: wanted, thenReport: true };
  const shortened = wanted !== undefined && wanted < (host.metadata.deletionGracePeriodSeconds ?? 0);
  return shortened ? { action: 'delete-host', graceSeconds: wanted, thenReport: true } : { action: 'report' };
}

/**
 * Deletes a host object whose owner has gone. A pod goes from an API server before its containers have ended only when it never ran or was
 * deleted by force: then its host pod goes as fast, and its name is free for a successor even if the host's node is dead.
 */
function deleteLeftOver({ life }: Situation, host: KubeObject): Decision {
  const isTold = isDeleting(host) && (life === 'mirrors' || host.metadata.deletionGracePeriodSeconds === 0);
  return isTold
    ? { action: 'nothing', gone: false }
    : { action: 'delete-host', graceSeconds: life === 'runs' ? 0 : undefined, thenReport: false };
}

function isDeleting(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
