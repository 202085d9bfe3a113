import { expect, test } from 'vitest';
import { median, percentile, spread } from '../../bench/statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([7])).toBe(7);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('values are sorted as numbers, and stay as they were', () => {
  const values = [100, 20, 3];
  expect(median(values)).toBe(20);
  expect(values).toEqual([100, 20, 3]);
});

test('a percentile is the value that so many do not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(hundred, 50)).toBe(50);
  expect(percentile(hundred, 99)).toBe(99);
  expect(percentile([10, 20], 99)).toBe(20);
  expect(percentile([10, 20], 50)).toBe(10);
  expect(percentile([10], 0)).toBe(10);
});

test('the spread is from the least to the greatest', () => {
  expect(spread([3, 1, 2])).toEqual({ low: 1, high: 3 });
});

test('of no values nothing can be said', () => {
  for (const of of [median, spread, (values: number[]) => percentile(values, 50)]) {
    expect(() => of([])).toThrow('there are no values');
  }
});
