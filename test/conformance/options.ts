import yargs from 'yargs';

export interface ConformanceOptions {
  /** Only specs whose name fits. */
  focus: RegExp;
  /** Only specs of these groups, and in this order; empty: of all. */
  sigs: string[];
  /** Where to run specs. */
  on: ('host' | 'virtual')[];
  /** Whether to print the specs and run none. */
  list: boolean;
  /** Whether specs that did not pass before are run again. */
  again: boolean;
  /** Whether specs that passed before are run again, too. */
  fresh: boolean;
  workers: number;
  limitMs: number;
}

/** Returns what the arguments (without node and script) ask for; ends the process for --help and for what makes no sense. */
export async function readOptions(args: string[]): Promise<ConformanceOptions> {
  const given = await yargs(args)
    .scriptName('npm run conformance --')
    .usage(
      '$0 [flags]\n\nRuns the conformance tests of Kubernetes on a bare real host and on a virtual cluster of k3v on it, and compares the two. ' +
        'What an earlier run found is kept: only what is missing is run.',
    )
    .option('focus', { type: 'string', default: '', describe: 'only specs whose name fits this regular expression' })
    .option('sig', {
      type: 'string',
      array: true,
      default: [],
      describe: 'only specs of this group, such as node (repeatable, in this order)',
    })
    .option('only', { choices: ['host', 'virtual'] as const, describe: 'run specs on this cluster only' })
    .option('list', { type: 'boolean', default: false, describe: 'print the specs and run none' })
    .option('again', { type: 'boolean', default: false, describe: 'run again what did not pass' })
    .option('fresh', { type: 'boolean', default: false, describe: 'run everything again' })
    .option('workers', { type: 'number', default: 8, describe: 'how many specs to run at the same time, on both' })
    .option('limit', { type: 'number', default: 600, describe: 'seconds after which a spec has failed' })
    .example('$0 --sig node --sig apps', 'two groups')
    .example("$0 --only virtual --again --focus 'Services should'", 'after a fix')
    .strict()
    .parseAsync();
  return {
    focus: new RegExp(given.focus),
    sigs: given.sig.map((sig) => (sig.startsWith('sig-') ? sig : `sig-${sig}`)),
    on: given.only === undefined ? ['host', 'virtual'] : [given.only],
    list: given.list,
    again: given.again,
    fresh: given.fresh,
    workers: Math.max(1, given.workers),
    limitMs: given.limit * 1_000,
  };
}
