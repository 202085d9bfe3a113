import { expect, it } from 'vitest';
import { createRepetitionFilter } from '../../../src/apiserver-proxy/repetition-filter.ts';

it('a text is news once a minute', () => {
  let time = 0;
  const isNews = createRepetitionFilter(() => time);
  expect([isNews('a'), isNews('a'), isNews('b')]).toEqual([true, false, true]);
  time += 59_999;
  expect(isNews('a')).toBe(false);
  time += 1;
  expect([isNews('a'), isNews('a')]).toEqual([true, false]);
});

it('the oldest of many texts are forgotten', () => {
  const isNews = createRepetitionFilter(() => 0);
  for (let index = 0; index < 1_001; index++) isNews(String(index));
  expect([isNews('1000'), isNews('0')]).toEqual([false, true]);
});
