import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatchOf } from '../../../src/kube/merge-patch.ts';
import { applyMergePatch } from '../../support/merge-patch-apply.ts';

describe('a merge patch', () => {
  it.each([
    ['is undefined for equal objects', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, undefined],
    ['holds only what differs', { a: 1, b: { c: 1, d: 2 } }, { a: 1, b: { c: 1, d: 3 } }, { b: { d: 3 } }],
    ['removes a field with null', { a: 1, b: { c: 1 } }, { b: {} }, { b: { c: null }, a: null }],
    ['takes a list as one value', { a: [1, 2] }, { a: [2] }, { a: [2] }],
    ['takes undefined for a field that is not there', { a: 1 }, { a: 1, b: undefined }, undefined],
    ['removes a field that became undefined', { a: 1 }, { a: undefined }, { a: null }],
    ['takes null for a field that is not there', { m: { creationTimestamp: null } }, { m: {} }, undefined],
    [
      'takes undefined in a list item for a field that is not there',
      { l: [{ a: 1 }] },
      { l: [{ a: 1, b: undefined }] },
      undefined,
    ],
    ['turns a map into a value', { a: { b: 1 } }, { a: 1 }, { a: 1 }],
    ['turns a value into a map', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['keeps an empty map', {}, { emptyDir: {} }, { emptyDir: {} }],
    [
      'removes keys that every object inherits',
      { data: JSON.parse('{"constructor":"x","__proto__":"y"}') },
      { data: {} },
      { data: JSON.parse('{"constructor":null,"__proto__":null}') },
    ],
  ])('%s', (_, from, to, patch) => {
    expect(JSON.stringify(mergePatchOf(from, to))).toBe(JSON.stringify(patch));
  });

  const withoutNull = fc.object({ maxDepth: 4, values: [fc.integer(), fc.string(), fc.boolean()] });

  it('turns any object into any other', () => {
    fc.assert(
      fc.property(withoutNull, withoutNull, (from, to) => {
        expect(applyMergePatch(from, mergePatchOf(from, to) ?? {})).toEqual(to);
      }),
    );
  });

  it('has nothing left to say once it is applied', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), fc.object({ maxDepth: 4 }), (from, to) => {
        const [before, after] = [from, to].map((one) => JSON.parse(JSON.stringify(one)) as object);
        const applied = applyMergePatch(before, mergePatchOf(before ?? {}, after ?? {}) ?? {}) as object;
        expect(mergePatchOf(applied, after ?? {})).toBeUndefined();
      }),
    );
  });

  it('changes neither object', () => {
    fc.assert(
      fc.property(withoutNull, withoutNull, (from, to) => {
        const before = structuredClone([from, to]);
        mergePatchOf(from, to);
        expect([from, to]).toEqual(before);
      }),
    );
  });
});
