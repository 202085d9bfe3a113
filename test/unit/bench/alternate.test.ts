import { expect, test } from 'vitest';
import { alternate, mediansOf, ratios } from '../../bench/alternate.ts';

test('ways are taken in turn, each run beginning with another one, and their results stay in the order of the runs', async () => {
  const order: string[] = [];
  const way = (name: string) => {
    let run = 0;
    return async () => {
      order.push(name);
      return `${name}${run++}`;
    };
  };
  const results = await alternate(3, { virtual: way('v'), direct: way('d') });
  expect(order.join('')).toBe('vddvvd');
  expect(results).toEqual({ virtual: ['v0', 'v1', 'v2'], direct: ['d0', 'd1', 'd2'] });
});

test('a ratio is of two results of the same run', () => {
  expect(ratios([3, 8], [2, 4])).toEqual([1.5, 2]);
  expect(() => ratios([1], [1, 2])).toThrow('1 runs cannot be divided by 2');
});

test('the medians of both ways are said beside a ratio', () => {
  expect(mediansOf({ virtual: [3, 1, 2], direct: [1] })).toBe('virtual 2.0 s, direct 1.0 s');
});
