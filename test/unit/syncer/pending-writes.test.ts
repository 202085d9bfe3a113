import { beforeEach, describe, expect, it } from 'vitest';
import type { Amounts } from '../../../src/quota/quota.ts';
import { type PendingWrites, createPendingWrites } from '../../../src/syncer/pending-writes.ts';

interface Place {
  id: string;
}

let nowMs: number;
let writes: PendingWrites<Place>;
const [a, b] = [{ id: 'a' }, { id: 'b' }];
const cpu = (amount: number): Amounts => new Map([['cpu', amount]]);

beforeEach(() => {
  nowMs = 0;
  writes = createPendingWrites(() => nowMs);
});

it('a write counts in its place until it ends, several each for itself', () => {
  const first = writes.begin(a, cpu(1));
  const second = writes.begin(a, cpu(2));
  expect(writes.chargesIn('a')).toEqual([cpu(1), cpu(2)]);
  expect(writes.chargesIn('b')).toEqual([]);
  first.end();
  expect(writes.chargesIn('a')).toEqual([cpu(2)]);
  second.end();
  expect(writes.chargesIn('a')).toEqual([]);
});

describe('a write without an answer counts', () => {
  it('for a minute, in which it may still come about', () => {
    writes.begin(a, cpu(1)).leaveOpen();
    nowMs = 30_000;
    writes.begin(b, cpu(2)).leaveOpen();
    nowMs = 59_999;
    expect(writes.dropExpired()).toEqual([]);
    nowMs = 60_000;
    expect(writes.dropExpired()).toEqual([a]);
    expect([writes.chargesIn('a'), writes.chargesIn('b')]).toEqual([[], [cpu(2)]]);
    nowMs = 90_000;
    expect(writes.dropExpired()).toEqual([b]);
    expect(writes.dropExpired()).toEqual([]);
  });

  it('until as much stands in its place', () => {
    writes.begin(a, cpu(2)).leaveOpen();
    writes.dropShown('a', cpu(1));
    expect(writes.chargesIn('a')).toEqual([cpu(2)]);
    writes.dropShown('a', cpu(2));
    expect(writes.chargesIn('a')).toEqual([]);
  });

  it('until another in its place that asks for no less has none either', () => {
    writes.begin(a, cpu(1)).leaveOpen();
    writes.begin(a, cpu(3)).leaveOpen();
    expect(writes.chargesIn('a')).toEqual([cpu(3)]);
    writes.begin(a, cpu(2)).leaveOpen();
    expect(writes.chargesIn('a')).toEqual([cpu(3), cpu(2)]);
  });
});

it('what is under way is not forgotten with those before it that got no answer', () => {
  writes.begin(a, cpu(1)).leaveOpen();
  const next = writes.begin(a, cpu(1));
  writes.dropShown('a', cpu(5));
  expect(writes.chargesIn('a')).toEqual([cpu(1)]);
  nowMs = 60_000;
  expect(writes.dropExpired()).toEqual([]);
  next.end();
  expect(writes.chargesIn('a')).toEqual([]);
});
