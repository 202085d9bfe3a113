import { Registry } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import { createWorkQueue } from '../../../src/kube/rate-limited-queue.ts';
import type { WorkQueue } from '../../../src/kube/work-queue.ts';
import { createQueueMeters } from '../../../src/metrics/queue-meters.ts';
import { createSyncMeters } from '../../../src/metrics/sync-meters.ts';
import type { KindMeter, Look } from '../../../src/syncer/sync-meter.ts';
import { sumOf } from '../../support/figures.ts';

let registry: Registry;
let nowMs: number;
let meter: KindMeter;
let queue: WorkQueue;

beforeEach(() => {
  registry = new Registry();
  nowMs = 0;
  const now = () => nowMs;
  meter = createSyncMeters(registry, createQueueMeters(registry, now), now)('pods');
  queue = createWorkQueue({ meter: meter.queue });
});

const change = (side: 'virtual' | 'host') => {
  meter.changed('shop/web', side);
  queue.add('shop/web');
};
/** Looks at the key for a second. */
const look = async (come: Look, meanwhile = () => {}) => {
  const key = (await queue.take()) ?? '';
  nowMs += 1_000;
  meanwhile();
  meter.looked(key, come);
  queue.done(key);
};
const seconds = async (direction: 'to_host' | 'to_virtual') => {
  const text = await registry.metrics();
  const of = (end: string) => sumOf(text, `k3v_sync_duration_seconds_${end}`, { kind: 'pods', direction });
  return { count: of('count'), sum: of('sum') };
};

it('a change takes from when it is heard of until the key was looked at', async () => {
  change('virtual');
  nowMs = 2_000;
  await look('settled');
  expect(await seconds('to_host')).toEqual({ count: 1, sum: 3 });
  expect(await seconds('to_virtual')).toEqual({ count: 0, sum: 0 });
});

it('changes of both sides count each for itself, and the first one of several of a side', async () => {
  change('virtual');
  nowMs = 1_000;
  change('host');
  change('virtual');
  await look('settled');
  expect(await seconds('to_host')).toEqual({ count: 1, sum: 2 });
  expect(await seconds('to_virtual')).toEqual({ count: 1, sum: 1 });
});

it('what changes during the look is for the next one', async () => {
  change('virtual');
  await look('settled', () => change('virtual'));
  nowMs += 4_000;
  await look('settled');
  expect(await seconds('to_host')).toEqual({ count: 2, sum: 1 + 5 });
});

it('the time goes on when a look has to be repeated, and ends when nobody can say how long it takes', async () => {
  change('host');
  await look('again');
  expect(await seconds('to_virtual')).toEqual({ count: 0, sum: 0 });
  queue.add('shop/web');
  await look('settled');
  expect(await seconds('to_virtual')).toEqual({ count: 1, sum: 2 });
  change('host');
  await look('waits');
  queue.add('shop/web');
  await look('settled');
  expect(await seconds('to_virtual')).toEqual({ count: 1, sum: 2 });
});

it('what a term leaves undone does not count for the next one, which may come hours later', async () => {
  change('virtual');
  await look('again', () => queue.shutDown());
  change('virtual');
  queue.shutDown();
  nowMs += 3_600_000;
  queue.reopen();
  queue.add('shop/web');
  await look('settled');
  expect(await seconds('to_host')).toEqual({ count: 0, sum: 0 });
});

it('a look for another reason than a change is no sync', async () => {
  queue.add('shop/web');
  await look('settled');
  expect(await seconds('to_host')).toEqual({ count: 0, sum: 0 });
});
