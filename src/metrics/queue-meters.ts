import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { QueueMeter } from '../kube/work-queue.ts';

/** Seconds. Those of client-go begin at 10 ns, of which nobody asks here, and have no step between 1 and 10. */
const bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

interface Times {
  name: string;
  /** Of keys that wait: since when. */
  addedAt: Map<string, number>;
  /** Of keys that are worked on. */
  takenAt: Map<string, number>;
}

/** Adds the figures of client-go about work queues (workqueue_…) to `registry`, and returns the meter of the queue of a name. `now` in milliseconds, never set back. */
export function createQueueMeters(registry: Registry, now: () => number): (name: string) => QueueMeter {
  const queues: Times[] = [];
  const labelNames = ['name'] as const;
  const common = { registers: [registry], labelNames };
  const adds = new Counter({ ...common, name: 'workqueue_adds_total', help: 'Keys that were added.' });
  const retries = new Counter({
    ...common,
    name: 'workqueue_retries_total',
    help: 'Keys that are to be tried again after a back-off.',
  });
  const waited = new Histogram({
    ...common,
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys waited in the queue.',
    buckets: bounds,
  });
  const worked = new Histogram({
    ...common,
    name: 'workqueue_work_duration_seconds',
    help: 'How long keys were worked on.',
    buckets: bounds,
  });
  const read = (name: string, help: string, figure: (times: Times) => number) =>
    new Gauge({
      ...common,
      name,
      help,
      collect() {
        this.reset();
        for (const times of queues) this.inc({ name: times.name }, figure(times));
      },
    });
  read('workqueue_depth', 'Keys that wait in the queue.', ({ addedAt }) => addedAt.size);
  read('workqueue_unfinished_work_seconds', 'How long all keys that are worked on have been, together.', (times) =>
    [...times.takenAt.values()].reduce((sum, atMs) => sum + (now() - atMs) / 1000, 0),
  );

  return (name) => {
    const [addedAt, takenAt] = [new Map<string, number>(), new Map<string, number>()];
    const labels = { name };
    queues.push({ name, addedAt, takenAt });
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    return {
      added(key) {
        adds.inc(labels);
        addedAt.set(key, now());
      },
      taken(key) {
        const atMs = now();
        waited.observe(labels, (atMs - (addedAt.get(key) ?? atMs)) / 1000);
        addedAt.delete(key);
        takenAt.set(key, atMs);
      },
      done(key) {
        const atMs = now();
        worked.observe(labels, (atMs - (takenAt.get(key) ?? atMs)) / 1000);
        takenAt.delete(key);
      },
      retried: () => retries.inc(labels),
      cleared: () => addedAt.clear(),
    };
  };
}
