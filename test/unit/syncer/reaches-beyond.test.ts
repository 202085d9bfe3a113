import { expect, it } from 'vitest';
import { reachesBeyond } from '../../../src/syncer/reaches-beyond.ts';

it.each([
  ['nothing', {}, { a: 1 }, false],
  ['the same field, whatever its value', { a: 2 }, { a: 1 }, false],
  ['a part of what was tried', { a: { b: 1 } }, { a: { b: 1, c: 2 } }, false],
  ['another list', { a: [1, 2] }, { a: [3] }, false],
  ['a field below one that was taken away', { a: { b: 1 } }, { a: null }, false],
  ['another field', { b: 1 }, { a: 1 }, true],
  ['another field further down', { a: { c: 1 } }, { a: { b: 1 } }, true],
])('%s is found out', (_, rest, patch, beyond) => {
  expect(reachesBeyond(rest, patch)).toBe(beyond);
});
