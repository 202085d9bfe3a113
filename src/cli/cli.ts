import yargs from 'yargs';
import { K3vError } from '../errors.ts';
import { type Config, readConfig } from './config.ts';
import { type FlagName, flags } from './flags.ts';
import { nearest } from '../nearest.ts';
import { type SnapshotAction, snapshotAction, snapshotHelp } from './snapshot-command.ts';

/** What the user asked for. */
export type Command =
  | { name: 'run'; config: Config }
  | { name: 'status'; config: Config; json: boolean }
  | { name: 'host-role'; config: Config; extra: string[] }
  | { name: 'snapshot'; config: Config; action: SnapshotAction }
  | { name: 'version' }
  /** `text` is the help that was asked for. */
  | { name: 'help'; text: string };

/** Each command with its sub-commands, if it has any. One of these may be followed by as many words as stand here. */
const commands: Record<string, Record<string, number>> = {
  status: {},
  'host-role': {},
  snapshot: { save: 1, restore: 1, list: 0 },
  version: {},
  help: {},
};

/** Returns the command in `args` (without node and script). Throws FLAG_UNKNOWN, FLAG_INVALID, CONFIG_FILE_BROKEN. */
export async function parseCommand(args: string[], env: Record<string, string | undefined>): Promise<Command> {
  const parser = yargs()
    .scriptName('k3v')
    .usage('$0 [command] [flags]\n\nRuns a virtual Kubernetes cluster in one namespace of a host cluster.')
    .command('$0', 'run the virtual cluster until interrupted')
    .command('status', 'is it up, and what is synced')
    .command('host-role', 'print the Role that k3v needs on the host')
    .command('snapshot', 'save, restore or list snapshots of the virtual cluster: see k3v snapshot --help')
    .command('version', 'print the version')
    .example('$0 --kubeconfig host.yaml --namespace team-a', 'a virtual cluster in the namespace team-a')
    .example('$0 --host embedded', 'try it without any cluster')
    .example('kubectl --kubeconfig ./kubeconfig.yaml get all -A', 'in a second shell')
    .epilogue(
      'Each flag is also an environment variable (K3V_LISTEN_PORT for --listen-port) and a key of the --config file.',
    )
    .options(yargsOptions())
    .option('output', {
      alias: 'o',
      type: 'string',
      choices: ['text', 'json'],
      group: 'Other:',
      describe: 'of status, snapshot list',
    })
    .option('any-id', { type: 'boolean', group: 'Other:', describe: 'of snapshot restore: take one of another id' })
    .option('with', {
      type: 'string',
      array: true,
      group: 'Other:',
      describe: 'of host-role: nodes, storageclasses, metrics, what --sync takes',
    })
    .parserConfiguration({ 'camel-case-expansion': false, 'duplicate-arguments-array': true, 'parse-numbers': false })
    .strict(false)
    .version(false)
    .help(false)
    .fail(false);
  // Async, since yargs refuses some of the bad flags by throwing and others by rejecting.
  const parse = async () => await parser.parseAsync(args);
  const {
    _: words,
    $0: _script,
    ...given
  } = await parse().catch((error: unknown) => {
    throw new K3vError('FLAG_INVALID', reasonOf(error), { hint: 'See k3v --help.', cause: error });
  });
  const [word = 'run', ...more] = words.map(String);
  if (word === 'help' || 'help' in given || 'h' in given) {
    const isOfSnapshots = word === 'snapshot' || (word === 'help' && more[0] === 'snapshot');
    return { name: 'help', text: isOfSnapshots ? snapshotHelp : await parser.getHelp() };
  }
  checkWords(word, more);
  if (word === 'version' || 'version' in given) return { name: 'version' };
  const known = [...Object.keys(flags), 'output', 'with', 'any-id', 'help', 'version'];
  for (const [name, value] of Object.entries(given)) {
    if (name === 'o') continue;
    if (!known.includes(name)) {
      const asTyped = name.length === 1 ? `-${name}` : `--${name}`;
      refuse('flag', asTyped, name.length === 1 ? [] : known.map((each) => `--${each}`));
    }
    if (value === '') throw new K3vError('FLAG_INVALID', `--${name} has no value`, { hint: `Write --${name} value.` });
    const repeats = flags[name as FlagName]?.type === 'array' || name === 'with';
    if (Array.isArray(value) && !repeats) throw new K3vError('FLAG_INVALID', `--${name} is given more than once`);
  }
  const config = readConfig(given as Partial<Record<FlagName, unknown>>, env);
  if (word === 'status') return { name: 'status', config, json: given['output'] === 'json' };
  if (word === 'snapshot') {
    const anyId = given['any-id'] === true;
    return { name: 'snapshot', config, action: snapshotAction(more, { anyId, json: given['output'] === 'json' }) };
  }
  if (word === 'host-role') {
    return { name: 'host-role', config, extra: (given['with'] ?? []).flatMap((each) => each.split(',')) };
  }
  return { name: 'run', config };
}

/** Refuses words that are no command, no sub-command of it, or too many. */
function checkWords(word: string, more: string[]): void {
  if (word !== 'run' && !Object.hasOwn(commands, word)) refuse('command', word, Object.keys(commands));
  const subcommands = commands[word] ?? {};
  const names = Object.keys(subcommands);
  let taken = 0;
  if (names.length > 0) {
    const [subcommand] = more;
    if (subcommand === undefined) {
      throw new K3vError('FLAG_INVALID', `k3v ${word} needs one of ${names.join(', ')}`, {
        hint: `See k3v ${word} --help.`,
      });
    }
    if (!Object.hasOwn(subcommands, subcommand)) refuse(`${word} command`, subcommand, names);
    taken = 1 + (subcommands[subcommand] ?? 0);
  }
  const extra = more[taken];
  if (extra !== undefined) refuse('argument', extra, []);
}

function yargsOptions() {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { type, group, describe, default: preset }]) => [
      name,
      {
        type: type === 'boolean' ? ('boolean' as const) : ('string' as const),
        array: type === 'array',
        group: `${group}:`,
        describe: preset === undefined ? describe : `${describe} [default: ${String(preset)}]`,
        ...(type === 'array' ? { nargs: 1 } : {}),
      },
    ]),
  );
}

/** Returns one line of what yargs says, which spreads it over several. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}

function refuse(what: string, given: string, known: string[]): never {
  const near = nearest(given, known);
  throw new K3vError('FLAG_UNKNOWN', `unknown ${what} ${given}`, {
    hint: near ? `Did you mean ${near}?` : 'See k3v --help.',
  });
}
