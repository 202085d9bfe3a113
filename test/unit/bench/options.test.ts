import { expect, test } from 'vitest';
import { fewRuns } from '../../bench/figure.ts';
import { figures } from '../../bench/figures.ts';
import { readOptions } from '../../bench/options.ts';

const read = async (args: string[], env: Record<string, string> = {}) =>
  await readOptions(args, { known: figures, env });
const namesOf = ({ figures: chosen }: Awaited<ReturnType<typeof read>>) => chosen.map(({ name }) => name);

test('without arguments all figures on the embedded host are measured five times, in the default size', async () => {
  const options = await read([]);
  expect(options).toMatchObject({ size: 'default', runs: 5, runsAreGiven: false, writeDocs: false });
  expect(namesOf(options)).toContain('start');
  expect(namesOf(options)).not.toContain('streams');
});

test('named figures are measured in the order of the table, those on a real host too', async () => {
  expect(namesOf(await read(['streams', 'start']))).toEqual(['start', 'streams']);
});

test('how often is said by the flag, else by the environment', async () => {
  expect(await read(['--runs', '2'], { K3V_BENCH_RUNS: '7' })).toMatchObject({ runs: 2, runsAreGiven: true });
  expect(await read([], { K3V_BENCH_RUNS: '7' })).toMatchObject({ runs: 7, runsAreGiven: true });
});

test('what takes long is done less often, unless somebody says how often', () => {
  expect(fewRuns({ runs: 5, runsAreGiven: false }, 2)).toBe(2);
  expect(fewRuns({ runs: 1, runsAreGiven: false }, 2)).toBe(1);
  expect(fewRuns({ runs: 5, runsAreGiven: true }, 2)).toBe(5);
});

test('the size and the page are asked for by flags', async () => {
  expect(await read(['--small', '--write-docs'])).toMatchObject({ size: 'small', writeDocs: true });
  expect(await read(['--full'])).toMatchObject({ size: 'full' });
});

test('no two figures have the same name, and each says what it is', () => {
  expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
  expect(figures.filter(({ describe }) => describe.length < 10)).toEqual([]);
});
