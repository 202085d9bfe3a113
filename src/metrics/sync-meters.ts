import { Counter, Histogram, type Registry } from 'prom-client';
import type { QueueMeter } from '../kube/work-queue.ts';
import type { KindMeter } from '../syncer/sync-meter.ts';

/** Seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const directions = { virtual: 'to_host', host: 'to_virtual' } as const;

/** When each side first changed, milliseconds. */
type Since = Partial<Record<keyof typeof directions, number>>;

/** Adds figures about what is synced to `registry`, and returns the meter of a kind, whose queue `queueMeter` tells of. `now` in milliseconds, never set back. */
export function createSyncMeters(
  registry: Registry,
  queueMeter: (name: string) => QueueMeter,
  now: () => number,
): (kind: string) => KindMeter {
  const durations = new Histogram({
    name: 'k3v_sync_duration_seconds',
    help: 'From when k3v hears of a change until the other side has it.',
    labelNames: ['kind', 'direction'] as const,
    buckets: bounds,
    registers: [registry],
  });
  const repairs = new Counter({
    name: 'k3v_drift_repairs_total',
    help: 'Objects on the host that others had changed or deleted, and that were put back.',
    labelNames: ['kind'] as const,
    registers: [registry],
  });

  return (kind) => {
    const queue = queueMeter(kind);
    /** Of keys that wait. */
    const changes = new Map<string, Since>();
    /** Of keys that are looked at. */
    const underWay = new Map<string, Since>();
    let isOpen = false;
    repairs.inc({ kind }, 0);

    const note = (key: string, since: Since) => {
      const later = changes.get(key);
      // What was first heard of counts.
      changes.set(key, { ...later, ...since });
    };
    return {
      queue: {
        ...queue,
        added(key) {
          isOpen = true;
          queue.added(key);
        },
        taken(key) {
          const since = changes.get(key);
          if (since) underWay.set(key, since);
          changes.delete(key);
          queue.taken(key);
        },
        cleared() {
          isOpen = false;
          changes.clear();
          queue.cleared();
        },
      },
      changed(key, side) {
        if (changes.get(key)?.[side] === undefined) note(key, { [side]: now() });
      },
      looked(key, look) {
        const since = underWay.get(key);
        if (!since) return;
        underWay.delete(key);
        if (look === 'again' && isOpen) note(key, since);
        if (look !== 'settled') return;
        for (const side of ['virtual', 'host'] as const) {
          const atMs = since[side];
          if (atMs !== undefined) durations.observe({ kind, direction: directions[side] }, (now() - atMs) / 1000);
        }
      },
      repaired: () => repairs.inc({ kind }),
    };
  };
}
