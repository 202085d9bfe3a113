import type { CommandEntry } from './command-entry.ts';
import { commands, mainEntry } from './commands.ts';
import { flags } from './flags.ts';
import { type OwnFlag, ownFlags } from './own-flags.ts';

/** A flag as it is completed. */
export interface CompletedFlag {
  /** With its dashes. */
  name: string;
  /** With its dash. */
  short: string | undefined;
  describe: string;
  takesValue: boolean;
  /** Several values may follow, with commas. */
  isList: boolean;
  /** The values that are offered; none: files, as a shell does it. */
  values: readonly string[];
}

/** A command as it is completed; that without a name is k3v itself, and that with two words is one below another. */
export interface CompletedCommand {
  name: string;
  summary: string;
  /** Words that may follow, each with what it does. */
  words: readonly (readonly [word: string, does: string])[];
  flags: CompletedFlag[];
}

const help = completed('help', { type: 'boolean', describe: 'what the command does, and its flags' });

/** Returns k3v itself, and then each command, with those below it. */
export function completedCommands(): CompletedCommand[] {
  const all = Object.entries(commands);
  const below = all.flatMap(([name, { commands: found = {} }]) =>
    Object.entries(found).map(([word, entry]) => [`${name} ${word}`, entry] as const),
  );
  return [['', mainEntry] as const, ...all, ...below].map(([name, entry]) => completedCommand(name, entry));
}

function completedCommand(name: string, entry: CommandEntry): CompletedCommand {
  const { summary, subcommands = {}, commands: below = {}, table, own = [], heeds } = entry;
  return {
    name,
    summary,
    words:
      name === '' || name === 'help'
        ? Object.entries(commands).map(([word, { summary: does }]) => [word, does] as const)
        : [
            ...Object.entries(subcommands).map(([word, { does }]) => [word, does] as const),
            ...Object.entries(below).map(([word, { summary: does }]) => [word, does] as const),
          ],
    flags: [
      ...own.map((flag) => completed(flag, ownFlags[flag])),
      ...Object.entries(table?.flags ?? {}).map(([flag, it]) => completed(flag, it)),
      ...heeds.map((flag) => completed(flag, flags[flag])),
      help,
    ],
  };
}

function completed(name: string, flag: OwnFlag): CompletedFlag {
  const { type, describe, choices, suggests } = flag;
  const isSwitchedOff = type === 'boolean' && flag.default === true;
  return {
    name: isSwitchedOff ? `--no-${name}` : `--${name}`,
    short: flag.short === undefined ? undefined : `-${flag.short}`,
    describe: isSwitchedOff ? `not: ${describe}` : describe,
    takesValue: type !== 'boolean',
    isList: type === 'array',
    values: choices ?? suggests ?? [],
  };
}
