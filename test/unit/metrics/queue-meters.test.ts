import { Registry } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import { createWorkQueue } from '../../../src/kube/rate-limited-queue.ts';
import type { WorkQueue } from '../../../src/kube/work-queue.ts';
import { createQueueMeters } from '../../../src/metrics/queue-meters.ts';
import { sumOf } from '../../support/figures.ts';

let registry: Registry;
let nowMs: number;
let meterOf: ReturnType<typeof createQueueMeters>;
let queue: WorkQueue;
const of = async (figure: string, name = 'cluster') => sumOf(await registry.metrics(), `workqueue_${figure}`, { name });

beforeEach(() => {
  registry = new Registry();
  nowMs = 0;
  meterOf = createQueueMeters(registry, () => nowMs);
  queue = createWorkQueue({ meter: meterOf('cluster') });
});

it('says of a work queue what client-go says of its own', async () => {
  queue.add('a');
  queue.add('b');
  nowMs = 2_000;
  const key = await queue.take();
  nowMs = 5_000;
  expect(await of('depth')).toBe(1);
  expect(await of('unfinished_work_seconds')).toBe(3);
  expect(await of('adds_total')).toBe(2);
  expect(await of('queue_duration_seconds_sum')).toBe(2);
  queue.done(key ?? '');
  expect(await of('work_duration_seconds_sum')).toBe(3);
  expect(await of('unfinished_work_seconds')).toBe(0);
  queue.shutDown();
});

it('counts a key once that is added again while it waits, and anew one that is while it is worked on', async () => {
  queue.add('a');
  queue.add('a');
  await queue.take();
  expect(await of('adds_total')).toBe(1);
  queue.add('a');
  queue.add('a');
  expect(await of('adds_total')).toBe(2);
  expect(await of('depth')).toBe(1);
  queue.done('a');
  await queue.take();
  expect(await of('queue_duration_seconds_count')).toBe(2);
  queue.shutDown();
});

it('has a key that comes later wait from when it comes, and counts it as one to be tried again only after a failure', async () => {
  queue.addAfter('a', 1);
  expect(await of('depth')).toBe(0);
  nowMs = 1_000;
  expect(await queue.take()).toBe('a');
  expect(await of('queue_duration_seconds_sum')).toBe(0);
  expect(await of('retries_total')).toBe(0);
  queue.addRateLimited('a');
  expect(await of('retries_total')).toBe(1);
  queue.shutDown();
});

it('has nothing wait in a queue that was shut down', async () => {
  queue.add('a');
  queue.shutDown();
  expect(await of('depth')).toBe(0);
});

it('adds queues of one name together, and tells those of others apart', async () => {
  const [same, other] = [createWorkQueue({ meter: meterOf('cluster') }), createWorkQueue({ meter: meterOf('policy') })];
  for (const each of [queue, same, other]) each.add('a');
  expect(await of('depth')).toBe(2);
  expect(await of('adds_total')).toBe(2);
  expect(await of('depth', 'policy')).toBe(1);
});
