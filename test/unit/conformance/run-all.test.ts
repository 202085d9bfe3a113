import { expect, it } from 'vitest';
import type { SpecReport } from '../../conformance/ginkgo-report.ts';
import { runAll } from '../../conformance/run-all.ts';
import type { Result, Spec } from '../../conformance/spec.ts';

function spec(name: string): Spec {
  return { name, sig: 'sig-node', serial: false };
}

function report(name: string, state = 'passed', attempts = 1): SpecReport {
  return { name, labels: [], state, attempts, seconds: 1, message: '', output: '' };
}

/** Runs `specs` with an e2e.test that reports what `run` returns. Returns the results and the batches. */
async function play(specs: Spec[], run: (names: string[]) => SpecReport[], controller = new AbortController()) {
  const results: Result[] = [];
  const batches: string[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const options = {
    specs,
    workers: 2,
    batchSize: 2,
    limitMs: 60_000,
    run: async (those: readonly Spec[]) => {
      const names = those.map(({ name }) => name);
      batches.push(names.join(''));
      mostAtOnce = Math.max(mostAtOnce, ++running);
      await Promise.resolve();
      running--;
      return run(names);
    },
    onResult: async (result: Result) => void results.push(result),
  };
  await runAll(options, controller.signal);
  return { outcomes: results.map(({ name, outcome }) => `${name} ${outcome}`), results, batches, mostAtOnce };
}

it('runs batches side by side', async () => {
  const specs = [spec('a'), spec('b'), spec('c'), spec('d'), spec('e'), spec('f'), spec('g')];
  const { batches, outcomes, mostAtOnce } = await play(specs, (names) => names.map((name) => report(name)));
  expect(batches).toEqual(['ab', 'cd', 'ef', 'g']);
  expect(mostAtOnce).toBe(2);
  expect(outcomes.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name} passed`));
});

it('fails a spec over the limit and runs those that it kept from running', async () => {
  const { results, batches } = await play([spec('a'), spec('b')], (names) =>
    names.map((name) =>
      name === 'a' ? report(name, 'interrupted') : report(name, 'skipped', names.length === 1 ? 1 : 0),
    ),
  );
  expect(batches).toEqual(['ab', 'b']);
  expect(results.map(({ name, outcome, reason }) => [name, outcome, reason])).toEqual([
    ['a', 'failed', 'took longer than 60 s'],
    ['b', 'skipped', ''],
  ]);
});

it('has no result for what an interruption by the user cut off, and begins nothing after it', async () => {
  const controller = new AbortController();
  const specs = [spec('a'), spec('b'), spec('c'), spec('d'), spec('e'), spec('f')];
  const { outcomes, batches } = await play(
    specs,
    (names) => {
      controller.abort();
      return names.map((name) => (name === 'a' ? report(name) : report(name, 'interrupted')));
    },
    controller,
  );
  expect(batches).toEqual(['ab', 'cd']);
  expect(outcomes).toEqual(['a passed']);
});

it('ends when e2e.test runs none of what it is told to', async () => {
  await expect(play([spec('a')], () => [])).rejects.toThrow('e2e.test ran none of: a');
});
