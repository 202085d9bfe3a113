import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/nearest.ts';

describe('the nearest word', () => {
  test.each([
    ['statsu', ['status', 'version'], 'status'],
    ['versions', ['status', 'version'], 'version'],
    ['listenPort', ['listen-port', 'host'], 'listen-port'],
    ['hsot', ['host', 'id'], 'host'],
    ['frobnicate', ['host', 'id'], undefined],
    ['a', [], undefined],
  ])('to %s of %j is %s', (given, known, expected) => expect(nearest(given, known)).toBe(expected));

  test('to a known word is that word', () => {
    const words = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(words, (known) => {
        expect(known.map((word) => nearest(word, known))).toEqual(known);
      }),
    );
  });

  test('is found over any two typing slips', () => {
    const slip = fc.tuple(fc.nat(), fc.constantFrom('drop', 'double'));
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.array(slip, { maxLength: 2 }), (word, slips) => {
        const typed = slips.reduce((text, [at, kind]) => {
          const index = at % text.length;
          return (
            text.slice(0, index) +
            (kind === 'double' ? text.slice(index, index + 1).repeat(2) : '') +
            text.slice(index + 1)
          );
        }, word);
        expect(nearest(typed, [word])).toBe(word);
      }),
    );
  });
});
