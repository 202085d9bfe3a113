// `npm run bench [-- figure…]`: measures k3v against the same work done straight on its host. Times depend on the machine; compare them within one run.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { untilInterrupted } from '../../src/cli/until-interrupted.ts';
import { bundleK3v } from '../host/bundle-k3v.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import type { Bench, Figure } from './figure.ts';
import { figures } from './figures.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { replaceMarked } from './replace-marked.ts';
import { readResults, writeResults } from './report-json.ts';
import { svgOf } from './report-svg.ts';
import { markdownOf, tableOf } from './report-table.ts';
import { addResult, type Result } from './results.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'bench-results');
const resultsFile = join(folder, 'results.json');
const page = join(root, 'docs/performance.md');
/** What the page says, wherever it was measured: what is known where nothing has been measured yet. */
const pageResults = join(root, 'docs/performance.json');

try {
  await main(await readOptions(process.argv.slice(2), { known: figures, env: process.env }));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(options: BenchOptions): Promise<void> {
  const { signal, dispose } = untilInterrupted(process);
  // Within the tree, so that it finds the modules of the control plane.
  const bundle = join(root, 'dist/bench');
  try {
    const { size, runs, runsAreGiven } = options;
    const bench: Bench = { size, runs, runsAreGiven, program: await bundleK3v(bundle), signal };
    for (const figure of options.figures) {
      signal.throwIfAborted();
      const result = await measure(figure, bench);
      if (result.failure !== undefined) process.exitCode = 1;
      await writeResults(resultsFile, addResult(await known(), result));
    }
    await writeReports(options);
  } finally {
    await rm(bundle, { recursive: true, force: true });
    dispose();
  }
}

async function measure(figure: Figure, bench: Bench): Promise<Result> {
  const { name, describe, host } = figure;
  process.stdout.write(`\n${name}: ${describe}\n`);
  const { size, runs, signal } = bench;
  const machine = { processors: availableParallelism(), load: loadavg()[0] ?? 0 };
  const result = (): Result => ({ figure: name, size, runs, at: new Date().toISOString(), machine, rows: [] });
  try {
    const unavailable = host === 'real' ? await realHostUnavailable() : undefined;
    if (unavailable !== undefined) throw new Error(unavailable);
    const rows = await figure.measure(bench);
    process.stdout.write(tableOf(rows));
    return { ...result(), rows };
  } catch (error) {
    signal.throwIfAborted();
    const failure = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${error instanceof Error ? error.stack : failure}\n`);
    return { ...result(), failure };
  }
}

async function known(): Promise<Result[]> {
  return (await readResults(resultsFile)) ?? (await readResults(pageResults)) ?? [];
}

/** The table and the picture are of all that was ever measured. */
async function writeReports({ writeDocs }: BenchOptions): Promise<void> {
  const results = await known();
  const inOrder = figures.flatMap(({ name }) => results.filter(({ figure }) => figure === name));
  const svg = svgOf(inOrder);
  await writeFile(join(folder, 'results.svg'), svg);
  process.stdout.write(`\n${resultsFile}\n${join(folder, 'results.svg')}\n`);
  if (!writeDocs) return;
  await writeFile(page, replaceMarked(await readFile(page, 'utf8'), markdownOf(figures, inOrder)));
  await writeFile(join(root, 'docs/performance.svg'), svg);
  await writeResults(pageResults, inOrder);
}
