import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFeed, type Feed } from '../../../src/ui/feed.ts';
import { type ClusterFacts, keptMs, type PageUpdate, type PodRow } from '../../../src/ui/page-data.ts';

const facts: ClusterFacts = {
  id: 'default',
  version: 'v1.36.3',
  distro: 'kubernetes',
  datastore: 'SQLite in the data directory',
  startedAt: '2026-01-01T00:00:00Z',
  host: { server: 'https://host', version: 'v1.36.3', namespace: 'team', simulated: false },
  leads: true,
  forbidden: [],
  kinds: [],
};
const row = (state: string): PodRow => ({
  namespace: 'shop',
  name: 'web',
  virtual: { state, ready: '1/1', restarts: 0, node: 'node1', createdAt: '2026-01-01T00:00:00Z' },
});

let rows: Record<string, PodRow | undefined>;
let now: ClusterFacts | undefined;
let feed: Feed;
let updates: PageUpdate[];

beforeEach(() => {
  vi.useFakeTimers();
  [rows, now, updates] = [{ 'shop/web': row('Running') }, facts, []];
  feed = createFeed({ pairs: { row: (key) => rows[key] }, readFacts: () => now });
  feed.podChanged('shop/web', 'virtual');
});

afterEach(() => {
  feed.close();
  vi.useRealTimers();
});

const read = () => feed.subscribe((update) => void updates.push(update));

describe('a reader', () => {
  it('is told all there is first, and then only news', () => {
    read();
    expect(updates).toEqual([
      { all: true, cluster: facts, running: true, unreachable: [], pods: { 'shop/web': row('Running') }, samples: [] },
    ]);
    vi.advanceTimersByTime(10_000);
    expect(updates).toHaveLength(1);
    rows['shop/web'] = row('Terminating');
    feed.podChanged('shop/web', 'virtual');
    vi.advanceTimersByTime(300);
    expect(updates.slice(1)).toEqual([{ pods: { 'shop/web': row('Terminating') } }]);
  });

  it('is told of a burst at once, and nothing of what is as it was', () => {
    read();
    for (let i = 0; i < 100; i += 1) feed.podChanged('shop/web', 'host');
    rows['shop/db'] = row('Pending');
    feed.podChanged('shop/db', 'virtual');
    vi.advanceTimersByTime(300);
    expect(updates.slice(1)).toEqual([{ pods: { 'shop/db': row('Pending') } }]);
  });

  it('is told that a pod is gone', () => {
    read();
    rows['shop/web'] = undefined;
    feed.podChanged('shop/web', 'virtual');
    vi.advanceTimersByTime(300);
    expect(updates.slice(1)).toEqual([{ pods: { 'shop/web': null } }]);
  });

  it('is told that k3v has ended, and what it said last stays', () => {
    read();
    now = undefined;
    vi.advanceTimersByTime(1_100);
    expect(updates.slice(1)).toEqual([{ running: false }]);
    updates = [];
    read();
    expect(updates[0]).toMatchObject({ running: false, cluster: facts });
  });

  it('hears nothing once it has gone', () => {
    read()();
    now = undefined;
    vi.advanceTimersByTime(1_100);
    expect(updates).toHaveLength(1);
  });
});

describe('an API server that does not answer', () => {
  it('is told of until its watch brings something', () => {
    read();
    feed.failed('host', 'no answer');
    vi.advanceTimersByTime(1_100);
    feed.podChanged('shop/web', 'virtual');
    vi.advanceTimersByTime(1_100);
    feed.podChanged('shop/web', 'host');
    vi.advanceTimersByTime(1_100);
    expect(updates.slice(1)).toEqual([{ unreachable: ['no answer'] }, { unreachable: [] }]);
  });

  it('is told of no more when its watch has not failed again for a while', () => {
    read();
    feed.failed('host', 'no answer');
    vi.advanceTimersByTime(60_000);
    expect(updates.at(-1)).toEqual({ unreachable: ['no answer'] });
    vi.advanceTimersByTime(10_000);
    expect(updates.at(-1)).toEqual({ unreachable: [] });
  });
});

it('samples are told once to those who are there, and to those who come later while they are fresh', () => {
  read();
  const sample = { way: 'toHost', at: Date.now(), ms: 12 } as const;
  feed.sampled(sample);
  vi.advanceTimersByTime(2_000);
  expect(updates.slice(1)).toEqual([{ samples: [sample] }]);
  updates = [];
  vi.advanceTimersByTime(keptMs);
  const later = { way: 'toHost', at: Date.now(), ms: 13 } as const;
  feed.sampled(later);
  read();
  expect(updates.at(-1)).toMatchObject({ all: true, samples: [later] });
});
