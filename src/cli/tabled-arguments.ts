import { parseArgs } from 'node:util';
import { K3vError } from '../errors.ts';
import type { CommandEntry, FlagTable } from './command-entry.ts';
import { commands } from './commands.ts';
import { type Flag, type FlagName, flags } from './flags.ts';
import type { GivenFlags } from './given-flags.ts';
import { k3kVariable } from './k3k-variables.ts';
import type { OwnFlag } from './own-flags.ts';
import type { Program } from './program.ts';
import { refuseUnknown } from './refuse-unknown.ts';

/** What was given to a command with a table of flags of its own, and flags of the main command, as `readConfig` takes them. */
type TabledArguments = GivenFlags & { settings: Partial<Record<FlagName, unknown>> };

type Entry = CommandEntry & { table: FlagTable };
type Tables = Readonly<Record<string, Readonly<Record<string, OwnFlag>>>>;

/** A token of `parseArgs`. */
interface Token {
  kind: 'option' | 'positional' | 'option-terminator';
  index: number;
  name?: string;
  rawName?: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

/** Returns the tables of the commands that have one of their own, by their names as they are typed. */
export function flagTables(): Tables {
  return Object.fromEntries(
    Object.entries(commands).flatMap(([name, { table, commands: below = {} }]) => [
      ...(table ? [[name, table.flags] as const] : []),
      ...Object.entries(below).map(([word, entry]) => [`${name} ${word}`, entry.table.flags] as const),
    ]),
  );
}

/**
 * Returns what `args`, and `env` in K3K's words, give to a command that has a table of flags of its own, or the command of which help is asked for; undefined if they name no such
 * command. Throws FLAG_UNKNOWN or FLAG_INVALID.
 */
export function tabledArguments(
  args: string[],
  program: Program,
  env: Record<string, string | undefined> = {},
): TabledArguments | { help: string[] } | undefined {
  const tokens = tokensOf(args);
  const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? args.length;
  const typed = tokens.filter(({ kind, index }) => kind === 'positional' && index < end).map(({ value = '' }) => value);
  const words = inOurWords(typed);
  const [name = '', ...more] = words;
  const top = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!top?.table && !top?.commands) return undefined;
  const asksHelp = tokens.some(({ kind, name: flag }) => kind === 'option' && (flag === 'help' || flag === 'h'));
  const path = top.commands ? [name, ...more.slice(0, 1)] : [name];
  if (asksHelp) return { help: path };
  const entry = entryOf(path, top, program);
  const behind = words.slice(path.length);
  const see = `See ${program} ${path.join(' ')} --help.`;
  const options = tokens.filter(({ kind, index }) => kind === 'option' && index < end);
  // First, as the value of a flag that is not known is a word too many.
  const read = readOptions(options, entry, { see, env });
  const extra = behind[entry.table.words];
  if (extra !== undefined) refuseUnknown('argument', extra, { see });
  const command = end < args.length ? args.slice(end + 1) : undefined;
  if (command && !entry.table.takesCommand) refuseUnknown('argument', '--', { see });
  return { path, words: behind, command, ...read };
}

/** Returns `words`; K3K has `kubeconfig generate` where we have `cluster kubeconfig`. */
function inOurWords(words: string[]): string[] {
  const [first, second, ...more] = words;
  return first === 'kubeconfig' && second === 'generate' ? ['cluster', 'kubeconfig', ...more] : words;
}

function entryOf(path: readonly string[], top: CommandEntry, program: Program): Entry {
  const { table, commands: below } = top;
  const [name, word] = path;
  if (!below) return table ? { ...top, table } : unreachable();
  const names = Object.keys(below);
  if (word === undefined) {
    throw new K3vError('FLAG_INVALID', `${program} ${name} needs one of ${names.join(', ')}`, {
      hint: `See ${program} ${name} --help.`,
    });
  }
  const found = Object.hasOwn(below, word) ? below[word] : undefined;
  return found ?? refuseUnknown(`${name} command`, word, { known: names, see: `See ${program} ${name} --help.` });
}

function unreachable(): never {
  throw new Error('a command with a table was looked for');
}

/** Every flag that there is takes a value, or none, whichever command it belongs to: so the words can be told from values before it is known which command it is. */
function tokensOf(args: string[]): Token[] {
  const all: [string, OwnFlag][] = [
    ...Object.entries<Flag>(flags),
    ...Object.values(flagTables()).flatMap((table) => Object.entries(table)),
  ];
  const options = Object.fromEntries(
    all.flatMap(([name, { type: kind, short, also = [] }]) => {
      const type = kind === 'boolean' ? ('boolean' as const) : ('string' as const);
      return [[name, { type, ...(short ? { short } : {}) }], ...also.map((each) => [each, { type }])] as const;
    }),
  );
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** As variables are often set. */
const bits: Readonly<Record<string, string>> = { 0: 'false', 1: 'true' };

function readOptions(
  tokens: readonly Token[],
  { table, heeds }: Entry,
  { see, env }: { see: string; env: Record<string, string | undefined> },
): Pick<TabledArguments, 'given' | 'settings' | 'variables'> {
  const heeded = Object.fromEntries(heeds.map((name): [string, OwnFlag] => [name, flags[name]]));
  const known: Readonly<Record<string, OwnFlag>> = { ...heeded, ...table.flags };
  const found: Record<string, string | boolean | string[]> = {};
  for (const token of tokens) {
    const { name, isOff } = nameOf(token, known);
    const flag = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!flag) {
      const typed = token.rawName ?? '';
      const instead = Object.hasOwn(table.refused ?? {}, name) ? table.refused?.[name] : undefined;
      if (instead !== undefined) throw new K3vError('FLAG_UNKNOWN', `unknown flag ${typed}`, { hint: instead });
      const names = Object.keys(known).map((each) => `--${each}`);
      refuseUnknown('flag', typed, { known: typed.startsWith('--') ? names : [], see });
    }
    const value = valueOf(token, name, flag, isOff);
    const before = found[name];
    if (flag.type === 'array') found[name] = [...(Array.isArray(before) ? before : []), String(value)];
    else if (before === undefined) found[name] = value;
    else throw new K3vError('FLAG_INVALID', `--${name} is given more than once`);
  }
  const variables: string[] = [];
  for (const [name, flag] of Object.entries(known)) {
    const set = found[name] === undefined ? k3kVariable(name, flag, env) : undefined;
    if (!set) continue;
    variables.push(set.variable);
    const text = flag.type === 'boolean' ? (bits[set.text] ?? set.text) : set.text;
    found[name] = flag.type === 'array' ? [text] : checked(text, flag, set.variable);
  }
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(table.flags, name);
  const entries = Object.entries(found);
  return {
    variables,
    given: Object.fromEntries(entries.filter(isOwn)),
    settings: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  };
}

function nameOf({ name = '' }: Token, known: Readonly<Record<string, OwnFlag>>): { name: string; isOff: boolean } {
  const [own] = Object.entries(known).find(([, { also }]) => also?.includes(name)) ?? [];
  if (own !== undefined) return { name: own, isOff: false };
  const positive = name.replace(/^no-/, '');
  const isOff = positive !== name && Object.hasOwn(known, positive) && known[positive]?.type === 'boolean';
  return isOff ? { name: positive, isOff } : { name, isOff: false };
}

function valueOf({ value: text, inlineValue, rawName }: Token, name: string, flag: OwnFlag, isOff: boolean) {
  // As other programs take it: -o=json.
  const value = inlineValue && rawName?.startsWith('--') === false ? text?.replace(/^=/, '') : text;
  if (flag.type === 'boolean') return checked(value ?? 'true', flag, `--${name}`) !== isOff;
  const isFlag = value?.startsWith('--') === true && !inlineValue && !flag.takesDashes;
  if (value === undefined || value === '' || isFlag) {
    throw new K3vError('FLAG_INVALID', `--${name} has no value`, { hint: `Write --${name} value.` });
  }
  return checked(value, flag, `--${name}`);
}

/** Returns the value of `flag` in `text`, which was given by `from`. */
function checked(text: string, { type, choices }: OwnFlag, from: string): string | boolean {
  const wanted = type === 'boolean' ? ['true', 'false'] : type === 'array' ? undefined : choices;
  if (wanted?.includes(text) === false) {
    const words = type === 'boolean' ? 'true or false' : `one of ${wanted.join(', ')}`;
    throw new K3vError('FLAG_INVALID', `${from} is ${JSON.stringify(text)}`, { hint: `It must be ${words}.` });
  }
  return type === 'boolean' ? text === 'true' : text;
}
