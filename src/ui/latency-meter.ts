import type { Pod } from '../kube/types.ts';
import type { LatencySample, Way } from './page-data.ts';
import { podState } from './pod-state.ts';

/** A pod as both API servers have it now. */
export interface SeenPair {
  virtual: Pod | undefined;
  host: Pod | undefined;
}

/** Measures, by when the watches of both sides tell of a pod, how long k3v takes to carry it across. */
export interface LatencyMeter {
  /** A pod that was not there before, and has not been on the host. */
  created(uid: string): void;
  /** `pair` has changed, and `side` with it. */
  changed(uid: string, side: 'virtual' | 'host', pair: SeenPair): void;
}

/** Returns a meter that tells `onSample` what it finds. `now` is in milliseconds by a clock that nobody sets, `date` in those since 1970. */
export function createLatencyMeter({
  onSample,
  now = () => performance.now(),
  date = Date.now,
}: {
  onSample: (sample: LatencySample) => void;
  now?: () => number;
  date?: () => number;
}): LatencyMeter {
  /** When a pod was created that the host does not have yet. */
  const created = new Map<string, number>();
  /** The last news on the host pod, and since when the virtual one does not show it. */
  const news = new Map<string, { words: string; since: number | undefined }>();
  const sample = (way: Way, since: number) => onSample({ way, at: date(), ms: Math.round((now() - since) * 10) / 10 });

  return {
    created: (uid) => void created.set(uid, now()),
    changed(uid, side, { virtual, host }) {
      if (!virtual) {
        created.delete(uid);
        news.delete(uid);
        return;
      }
      if (!host) return void news.delete(uid);
      const since = created.get(uid);
      if (since !== undefined) sample('toHost', since);
      created.delete(uid);
      const words = statusWords(host);
      const last = news.get(uid);
      const isNews = side === 'host' && last !== undefined && words !== last.words;
      const isBehind = words !== statusWords(virtual);
      // News that the virtual pod shows already have come by the slower of two watches: nothing can be said of them.
      if (!isNews && !isBehind && last?.since !== undefined) sample('toVirtual', last.since);
      news.set(uid, { words, since: isBehind ? (isNews ? now() : last?.since) : undefined });
    },
  };
}

/** What of a status crosses. Deletions go the other way. */
function statusWords(pod: Pod): string {
  const { deletionTimestamp: _, ...metadata } = pod.metadata;
  return JSON.stringify([pod.status?.phase, podState({ ...pod, metadata })]);
}
