import yargs from 'yargs';
import { K3vError } from '../errors.ts';
import { type ClusterWish, clusterWish } from './cluster-command.ts';
import { type Config, readConfig } from './config.ts';
import { commandHelp } from './command-help.ts';
import { commands } from './commands.ts';
import { type Flag, type FlagName, flags } from './flags.ts';
import type { GivenFlags } from './given-flags.ts';
import { namingVariables } from './k3k-variables.ts';
import { type KubeconfigWish, kubeconfigWish } from './kubeconfig-command.ts';
import { type OwnFlagName, ownFlags } from './own-flags.ts';
import { type Paint, noPaint } from './paint.ts';
import { type PolicyWish, policyWish } from './policy-command.ts';
import type { Program } from './program.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { type Shell, isShell } from './shells.ts';
import type { StatusWish } from './status-command.ts';
import { type SnapshotAction, snapshotAction } from './snapshot-command.ts';
import { type ControllerWish, controllerWish } from './controller-command.ts';
import { type DoctorWish, doctorWish } from './doctor-command.ts';
import { tabledArguments } from './tabled-arguments.ts';
import { type UiWish, uiWish } from './ui-command.ts';
import { type UninstallWish, uninstallWish } from './uninstall-command.ts';

/** What the user asked for. */
export type Command =
  | { name: 'run'; config: Config }
  | { name: 'status'; config: Config; wish: StatusWish }
  | { name: 'ui'; config: Config; wish: UiWish }
  | { name: 'host-role'; config: Config; extra: string[] }
  | { name: 'snapshot'; config: Config; action: SnapshotAction }
  | { name: 'kubeconfig'; config: Config; wish: KubeconfigWish }
  | { name: 'doctor'; config: Config; wish: DoctorWish }
  | { name: 'uninstall'; config: Config; wish: UninstallWish }
  | { name: 'controller'; config: Config; wish: ControllerWish }
  | { name: 'cluster'; config: Config; wish: ClusterWish }
  | { name: 'policy'; config: Config; wish: PolicyWish }
  | { name: 'completion'; shell: Shell }
  | { name: 'version' }
  | { name: 'licenses' }
  /** `text` is the help that was asked for. */
  | { name: 'help'; text: string };

/** Returns the command in `args` (without node and script) of `program`; the headings of a help are `bold`. Throws FLAG_UNKNOWN, FLAG_INVALID, CONFIG_FILE_BROKEN. */
export async function parseCommand(
  args: string[],
  env: Record<string, string | undefined>,
  { bold, program = 'k3v' }: { bold: Paint['bold']; program?: Program } = noPaint,
): Promise<Command> {
  const help = (...path: string[]): Command => ({ name: 'help', text: commandHelp(path, { bold, program }) });
  const tabled = tabledArguments(args, program, env);
  if (tabled) return 'help' in tabled ? help(...tabled.help) : tabledCommand(tabled, env);
  checkBooleans(args);
  const parser = yargs()
    .options(yargsOptions({ ...flags, ...ownFlags }))
    .alias(shortNames())
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
    return help(...(word === 'help' ? more : [word]));
  }
  // Nobody who types `k3k` asks for a virtual cluster in this process.
  if (program === 'k3k' && words.length === 0 && !('version' in given)) return help();
  checkWords(word, more);
  if (word === 'version' || 'version' in given) return { name: 'version' };
  if (word === 'licenses') return { name: 'licenses' };
  const known = [...Object.keys(flags), ...Object.keys(ownFlags), 'help', 'version'];
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(shortNames(), name)) continue;
    if (!known.includes(name)) {
      const asTyped = name.length === 1 ? `-${name}` : `--${name}`;
      refuseUnknown('flag', asTyped, { known: name.length === 1 ? [] : known.map((each) => `--${each}`) });
    }
    if (value === '') throw new K3vError('FLAG_INVALID', `--${name} has no value`, { hint: `Write --${name} value.` });
    const flag: Flag | undefined = { ...flags, ...ownFlags }[name as FlagName | OwnFlagName];
    if (Array.isArray(value) && flag?.type !== 'array') {
      throw new K3vError('FLAG_INVALID', `--${name} is given more than once`);
    }
    // What settings may be is checked with the environment and the file.
    if (Object.hasOwn(ownFlags, name) && flag?.choices?.includes(String(value)) === false) {
      throw new K3vError('FLAG_INVALID', `--${name} is ${JSON.stringify(value)}`, {
        hint: `It must be one of ${flag.choices.join(', ')}.`,
      });
    }
  }
  const [shell] = more;
  if (word === 'completion' && isShell(shell)) return { name: 'completion', shell };
  const config = readConfig(given as Partial<Record<FlagName, unknown>>, env);
  if (word === 'status') {
    const wish = { json: given['output'] === 'json', watch: given['watch'] === true };
    return { name: 'status', config, wish };
  }
  if (word === 'snapshot') {
    const anyId = given['any-id'] === true;
    return { name: 'snapshot', config, action: snapshotAction(more, { anyId, json: given['output'] === 'json' }) };
  }
  if (word === 'kubeconfig') return { name: 'kubeconfig', config, wish: kubeconfigWish(given) };
  if (word === 'doctor') return { name: 'doctor', config, wish: doctorWish(given) };
  if (word === 'ui') return { name: 'ui', config, wish: uiWish(given) };
  if (word === 'controller') return { name: 'controller', config, wish: controllerWish(given) };
  if (word === 'uninstall') return { name: 'uninstall', config, wish: uninstallWish(given) };
  if (word === 'host-role') {
    return { name: 'host-role', config, extra: wordsOf(given, 'with') };
  }
  return { name: 'run', config };
}

/** Returns the command of one that has a table of flags of its own. */
function tabledCommand(
  { settings, ...given }: GivenFlags & { settings: Partial<Record<FlagName, unknown>> },
  env: Record<string, string | undefined>,
): Command {
  const config = readConfig(settings, env);
  const [name] = given.path;
  try {
    if (name === 'cluster') return { name, config, wish: clusterWish(given) };
    if (name === 'policy') return { name, config, wish: policyWish(given) };
  } catch (error) {
    throw namingVariables(error, given.variables);
  }
  throw new Error(`there is no command ${name}`);
}

function wordsOf(given: Record<string, unknown>, name: OwnFlagName): string[] {
  return [given[name]].flat().flatMap((each) => (typeof each === 'string' ? each.split(',') : []));
}

/** Refuses words that are no command, no sub-command of it, or too many. */
function checkWords(word: string, more: string[]): void {
  if (word !== 'run' && !Object.hasOwn(commands, word))
    refuseUnknown('command', word, { known: Object.keys(commands) });
  const subcommands = commands[word]?.subcommands ?? {};
  const names = Object.keys(subcommands);
  let taken = 0;
  if (names.length > 0) {
    const [subcommand] = more;
    if (subcommand === undefined) {
      throw new K3vError('FLAG_INVALID', `k3v ${word} needs one of ${names.join(', ')}`, {
        hint: `See k3v ${word} --help.`,
      });
    }
    if (!Object.hasOwn(subcommands, subcommand)) refuseUnknown(`${word} command`, subcommand, { known: names });
    taken = 1 + (subcommands[subcommand]?.words ?? 0);
  }
  const extra = more[taken];
  if (extra !== undefined) refuseUnknown('argument', extra);
}

/** To yargs every value of such a flag is false but `true`. */
function checkBooleans(args: string[]): void {
  const all: Record<string, Flag> = { ...flags, ...ownFlags };
  for (const arg of args) {
    const [, name = '', value = ''] = /^--(?:no-)?([^=]+)=(.*)$/s.exec(arg) ?? [];
    const isBoolean = Object.hasOwn(all, name) && all[name]?.type === 'boolean';
    if (!isBoolean || value === 'true' || value === 'false') continue;
    throw new K3vError('FLAG_INVALID', `--${name} is ${JSON.stringify(value)}`, { hint: 'It must be true or false.' });
  }
}

/** Returns the letters that stand for flags, each with its flag. */
function shortNames(): Record<string, string> {
  return Object.fromEntries(Object.entries(ownFlags).flatMap(([name, { short }]) => (short ? [[short, name]] : [])));
}

function yargsOptions(all: Record<FlagName | OwnFlagName, Flag>) {
  return Object.fromEntries(
    Object.entries(all).map(([name, { type }]) => [
      name,
      {
        type: type === 'boolean' ? ('boolean' as const) : ('string' as const),
        array: type === 'array',
        ...(type === 'array' ? { nargs: 1 } : {}),
      },
    ]),
  );
}

/** Returns one line of what yargs says, which spreads it over several. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}
