import { expect, it } from 'vitest';
import { createSecondChances } from '../../whole/second-chances.ts';
import type { Ended } from '../../whole/tally.ts';

const ended = (failed: number, output: string): Ended => ({ tally: { passed: 1, failed, skipped: 0 }, output });
const never = () => Promise.reject(new Error('is not to be tried'));

it('are not for what has passed', async () => {
  const chances = createSecondChances();
  expect(await chances.outcomeOf('a', ended(0, 'good'), never)).toMatchObject({ output: 'good' });
  expect(chances.used()).toEqual([]);
});

it('let a file pass that failed once, and tell of it', async () => {
  const chances = createSecondChances();
  const outcome = await chances.outcomeOf('a', ended(1, 'slow'), async () => ended(0, 'good'));
  expect(outcome).toMatchObject({ tally: { failed: 0 }, output: 'good' });
  expect(chances.used()).toEqual([{ title: 'a', output: 'slow' }]);
});

it('have a file fail that fails twice', async () => {
  const chances = createSecondChances();
  const outcome = await chances.outcomeOf('a', ended(1, 'slow'), async () => ended(2, 'broken'));
  expect(outcome).toMatchObject({ tally: { failed: 2 }, output: 'broken' });
  expect(chances.used()).toEqual([]);
});

it('are two for all files together', async () => {
  const chances = createSecondChances();
  for (const title of ['a', 'b']) await chances.outcomeOf(title, ended(1, 'slow'), async () => ended(0, 'good'));
  expect(await chances.outcomeOf('c', ended(1, 'broken'), never)).toMatchObject({ output: 'broken' });
  expect(chances.used().map(({ title }) => title)).toEqual(['a', 'b']);
});
