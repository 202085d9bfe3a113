import isEqual from 'fast-deep-equal';
import { type ClusterFacts, type LatencySample, type PageUpdate, type PodRow, keptMs } from './page-data.ts';
import type { PodPairs, SideName } from './pod-pairs.ts';

/** A burst of changes makes one update. */
const gatherMs = 200;
const statusEveryMs = 1_000;
/** A watch that has failed is tried again sooner than this, and has failed again if it does not work. */
const failureMs = 65_000;
const maxSamples = 4_000;

/** What the page is told, for any number of readers. */
export interface Feed {
  podChanged(key: string, side: SideName): void;
  sampled(sample: LatencySample): void;
  failed(side: SideName, message: string): void;
  /** Tells `read` all there is, and then all news, until the function that this returns is called. */
  subscribe(read: (update: PageUpdate) => void): () => void;
  close(): void;
}

/** Returns a feed of `pairs`. `readFacts` returns what k3v says of itself, or undefined while none runs. */
export function createFeed({
  pairs,
  readFacts,
  now = Date.now,
}: {
  pairs: Pick<PodPairs, 'row'>;
  readFacts: () => ClusterFacts | undefined;
  now?: () => number;
}): Feed {
  const readers = new Set<(update: PageUpdate) => void>();
  const rows = new Map<string, PodRow>();
  const changed = new Set<string>();
  const failures = new Map<SideName, { message: string; at: number }>();
  let samples: LatencySample[] = [];
  let fresh: LatencySample[] = [];
  let told: Pick<PageUpdate, 'cluster' | 'running' | 'unreachable'> = {};
  let gathering: NodeJS.Timeout | undefined;

  function gather(): void {
    gathering ??= setTimeout(flush, gatherMs);
  }

  function flush(): void {
    clearTimeout(gathering);
    gathering = undefined;
    const update: PageUpdate = { ...podNews(), ...standing() };
    if (fresh.length > 0) update.samples = fresh;
    fresh = [];
    if (Object.keys(update).length > 0) for (const read of readers) read(update);
  }

  function podNews(): Pick<PageUpdate, 'pods'> {
    const pods: Record<string, PodRow | null> = {};
    for (const key of changed) {
      const row = pairs.row(key);
      if (isEqual(row, rows.get(key))) continue;
      pods[key] = row ?? null;
      if (row) rows.set(key, row);
      else rows.delete(key);
    }
    changed.clear();
    return Object.keys(pods).length > 0 ? { pods } : {};
  }

  /** What of all but the pods is not as it was told last. */
  function standing(): typeof told {
    const facts = readFacts();
    const current: typeof told = {
      ...told,
      ...(facts ? { cluster: facts } : {}),
      running: facts !== undefined,
      unreachable: [...failures].filter(([, { at }]) => now() - at < failureMs).map(([, { message }]) => message),
    };
    const news = Object.entries(current).filter(([name, value]) => !isEqual(value, told[name as keyof typeof told]));
    told = current;
    return Object.fromEntries(news);
  }

  const timer = setInterval(flush, statusEveryMs);
  return {
    podChanged(key, side) {
      failures.delete(side);
      changed.add(key);
      gather();
    },
    sampled(sample) {
      fresh.push(sample);
      samples.push(sample);
      const oldest = now() - keptMs;
      if (samples.length > maxSamples || (samples[0]?.at ?? oldest) < oldest) {
        samples = samples.slice(-maxSamples).filter(({ at }) => at >= oldest);
      }
      gather();
    },
    failed: (side, message) => void failures.set(side, { message, at: now() }),
    subscribe(read) {
      flush();
      read({ all: true, ...told, pods: Object.fromEntries(rows), samples });
      readers.add(read);
      return () => void readers.delete(read);
    },
    close() {
      clearInterval(timer);
      clearTimeout(gathering);
      readers.clear();
    },
  };
}
