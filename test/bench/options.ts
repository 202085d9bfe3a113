import yargs from 'yargs';
import { type Figure, type Size, sizes } from './figure.ts';

export interface BenchOptions {
  /** What to measure. */
  figures: Figure[];
  size: Size;
  runs: number;
  runsAreGiven: boolean;
  /** Whether docs/performance.md and its picture are written, too. */
  writeDocs: boolean;
}

const defaultRuns = 5;

/**
 * Returns what the arguments (without node and script) and `K3V_BENCH_RUNS` ask for; ends the process for --help and for what makes no sense. Where no figure is named,
 * those on the embedded host are meant.
 */
export async function readOptions(
  args: string[],
  { known, env }: { known: readonly Figure[]; env: Record<string, string | undefined> },
): Promise<BenchOptions> {
  const names = known.map(({ name }) => name);
  const list = known.map(
    ({ name, describe, host }) => `  ${name.padEnd(16)} ${describe}${host === 'real' ? ' (real host)' : ''}`,
  );
  const given = await yargs(args)
    .scriptName('npm run bench --')
    .usage(
      '$0 [figure…] [flags]\n\nMeasures k3v against the same work done straight on its host. Without a figure: all on the embedded host, ' +
        `with simulated pods; those on a real host, for which it has to be Linux and root, are run where they are named.\n\nFigures:\n${list.join('\n')}`,
    )
    .option('runs', {
      type: 'number',
      describe: `how often each thing is done; else K3V_BENCH_RUNS, else ${defaultRuns}, and fewer of what takes long`,
    })
    .option('small', { type: 'boolean', describe: 'so little that it is only seen whether it works' })
    .option('full', { type: 'boolean', describe: 'as much as the reaches are meant for: hours' })
    .option('write-docs', {
      type: 'boolean',
      default: false,
      describe: 'write the table of docs/performance.md, and its picture, from all that was measured here so far',
    })
    .conflicts('small', 'full')
    .example('$0 deployments --runs 3', 'one figure, three times')
    .check(({ _: words, runs }) => {
      const unknown = words.map(String).filter((word) => !names.includes(word));
      if (unknown.length > 0) throw new Error(`no such figure: ${unknown.join(', ')}; there are ${names.join(', ')}`);
      checkRuns(runs ?? env['K3V_BENCH_RUNS']);
      return true;
    })
    .strictOptions()
    .parseAsync();
  const words = given._.map(String);
  const wished = given.runs ?? env['K3V_BENCH_RUNS'];
  return {
    figures: known.filter(({ name, host }) => (words.length > 0 ? words.includes(name) : host === 'embedded')),
    size: given.small === true ? sizes[0] : given.full === true ? sizes[2] : sizes[1],
    runs: Number(wished ?? defaultRuns),
    runsAreGiven: wished !== undefined,
    writeDocs: given['write-docs'],
  };
}

function checkRuns(wished: number | string | undefined): void {
  const runs = Number(wished ?? defaultRuns);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`runs: '${wished}' is not a whole number above 0`);
}
