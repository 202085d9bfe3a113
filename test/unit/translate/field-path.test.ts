import { describe, expect, it } from 'vitest';
import { fieldPathOf, forEachAt, parseFieldPath, valueAt } from '../../../src/translate/field-path.ts';

const visited = (root: unknown, text: string, options = {}) => {
  const found: unknown[] = [];
  forEachAt(root, parseFieldPath(text) ?? [], (holder, field) => found.push(holder[field]), options);
  return found;
};

describe('a field path', () => {
  const root = {
    a: { b: 1 },
    list: [{ n: 'x' }, {}, { n: 'y' }],
    map: { one: { n: 1 }, two: { n: 2 } },
    names: ['p', 'q'],
  };

  it.each<[string, unknown[]]>([
    ['a.b', [1]],
    ['a.c', [undefined]],
    ['a.b.c', []],
    ['list[].n', ['x', undefined, 'y']],
    ['map.*.n', [1, 2]],
    ['names[]', ['p', 'q']],
    ['missing[].n', []],
    ['missing.n', []],
  ])('%s leads to %j', (text, expected) => {
    expect(visited(root, text)).toEqual(expected);
  });

  it.each(['', 'a..b', '[]', 'a[0]', '*.a', 'a.[].b'])('is not "%s"', (text) => {
    expect(parseFieldPath(text)).toBeUndefined();
  });

  it('of names takes any character in them', () => {
    const annotated = { metadata: { annotations: { 'x.io/y[]': 'z' } } };
    expect(valueAt(annotated, fieldPathOf(['metadata', 'annotations', 'x.io/y[]']))).toBe('z');
  });

  it('makes what is missing on its way, if asked to, but for lists', () => {
    const made: { [field: string]: unknown } = {};
    forEachAt(made, ['spec', 'target', 'name'], (holder, field) => (holder[field] = 'x'), { create: true });
    expect(made).toEqual({ spec: { target: { name: 'x' } } });
    expect(visited({}, 'list[].n', { create: true })).toEqual([]);
  });
});
