// `npm test` without arguments: unit and integration tests, then each file with whole clusters, several at a time where each can have a network of its own.
import { readdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { loggedProgress, terminalProgress } from '../../src/cli/terminal-progress.ts';
import { createLogger } from '../../src/log.ts';
import { type Job, runInLanes } from './lanes.ts';
import { ownNetwork } from './own-network.ts';
import { prepare } from './prepare.ts';
import { createSecondChances } from './second-chances.ts';
import { closingLine, type Ended, failuresIn, sum, type Tally, tallyOf } from './tally.ts';

const root = join(import.meta.dirname, '../..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
/** What two clusters and their tests take at most. */
const laneBytes = 6 * 2 ** 30;

interface FileJob extends Job {
  args: string[];
}

/** A file for each test with whole clusters; those on real hosts first, as only one such host can be, and the longest next. */
async function clusterJobs(): Promise<FileJob[]> {
  const jobsIn = async (project: string): Promise<FileJob[]> => {
    const files = (await readdir(join(root, 'test', project))).filter((name) => name.endsWith('.test.ts')).toSorted();
    const alone = project === 'real' ? 'the real host' : undefined;
    return files.map((name) => {
      const title = `test/${project}/${name}`;
      return { title, args: ['--project', project, title], alone };
    });
  };
  return (await Promise.all(['real', 'faults', 'e2e'].map(jobsIn))).flat();
}

/** Runs one vitest and returns how its tests ended. Prints what it says as it comes, or in one piece. */
async function run(prefix: readonly string[], args: readonly string[], print: 'at once' | 'whole'): Promise<Ended> {
  const [program = '', ...rest] = [...prefix, process.execPath, vitest, 'run', ...args];
  const env = { FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };
  const stdout = print === 'at once' ? (['pipe', 'inherit'] as const) : 'pipe';
  const { all, exitCode } = await execa(program, rest, {
    cwd: root,
    env,
    reject: false,
    stdin: 'ignore',
    all: true,
    stdout,
  });
  if (print === 'whole') process.stdout.write(`${all}\n`);
  return { tally: tallyOf(all, exitCode), output: all };
}

const began = performance.now();
const minutes = () => `${Math.round((performance.now() - began) / 60_000)} min`;
let total: Tally = { passed: 0, failed: 0, skipped: 0 };
const failed: string[] = [];
const count = ({ tally, output }: Ended) => {
  total = sum(total, tally);
  if (tally.failed > 0) failed.push(output);
};

count(await run([], ['--project', 'unit', '--project', 'integration'], 'at once'));
await prepare(
  process.stderr.isTTY
    ? terminalProgress(process.stderr)
    : loggedProgress(createLogger({ level: 'info', format: 'text', destination: process.stderr })),
);
const network = await ownNetwork();
const lanes = network ? Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / laneBytes), 4)) : 1;
const jobs = await clusterJobs();
process.stdout.write(`${jobs.length} files with whole clusters, ${lanes} at a time (${minutes()})\n`);
let ended = 0;
const chances = createSecondChances();
await runInLanes(jobs, lanes, async ({ title, args }) => {
  const attempt = async () => await run(network ?? [], args, 'whole');
  const outcome = await chances.outcomeOf(title, await attempt(), attempt);
  count(outcome);
  process.stdout.write(`${++ended} of ${jobs.length}: ${title} (${minutes()})\n`);
});
// Again at the end, where whoever reads looks first.
for (const { title, output } of chances.used()) {
  process.stdout.write(
    `${title} failed, and passed when it was run once more. The first time:\n${failuresIn(output)}\n`,
  );
}
for (const output of failed) process.stdout.write(`${failuresIn(output)}\n`);
process.stdout.write(`${closingLine(total)}\n`);
if (total.failed > 0) process.exitCode = 1;
