import { expect, it } from 'vitest';
import { type Failures, standingOf } from '../../../src/syncer/standing.ts';

const queueOf = (...keys: string[]) => ({ depth: keys.length, has: (key: string) => keys.includes(key) });
const failures = (...entries: [key: string, reason: string | undefined][]): Failures =>
  new Map(entries.map(([key, reason]) => [key, { reason, message: `about ${key}` }]));

it('says of what is refused why, and of what waits', () => {
  expect(standingOf(failures(['a/x', undefined], ['a/y', 'FailedMount'], ['a/z', 'NotSupported']), queueOf())).toEqual({
    pending: 2,
    refused: 1,
    failing: {
      'a/z': { reason: 'NotSupported', message: 'about a/z' },
      'a/x': { message: 'about a/x' },
      'a/y': { reason: 'FailedMount', message: 'about a/y' },
    },
  });
});

it.each([
  [queueOf('a/new'), { pending: 2, refused: 1 }],
  [queueOf('a/x'), { pending: 1, refused: 1 }],
  [queueOf('a/z'), { pending: 1, refused: 1 }],
  [queueOf('a/new', 'a/x', 'a/z'), { pending: 2, refused: 1 }],
])('counts a key once, though it is tried again just now: %#', (queue, counts) => {
  expect(standingOf(failures(['a/x', undefined], ['a/z', 'HostRefused']), queue)).toMatchObject(counts);
});

it('names 20 at most, refused ones first, in few words, and counts all', () => {
  const waits = Array.from({ length: 30 }, (_, index): [string, undefined] => [`waits/${index}`, undefined]);
  const known = failures(...waits, ['shop/refused', 'QuotaExceeded']);
  known.set('shop/long', { reason: 'HostRefused', message: 'x'.repeat(5_000) });
  const { pending, refused, failing } = standingOf(known, queueOf());
  expect({ pending, refused }).toEqual({ pending: 30, refused: 2 });
  expect(Object.keys(failing)).toHaveLength(20);
  expect(Object.keys(failing).slice(0, 3)).toEqual(['shop/refused', 'shop/long', 'waits/0']);
  expect(failing['shop/long']?.message).toHaveLength(1024);
});
