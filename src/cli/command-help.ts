import type { CommandEntry } from './command-entry.ts';
import { commands, mainEntry } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { type Flag, type Setting, flags } from './flags.ts';
import { ownFlags } from './own-flags.ts';
import { type Program, lineFor } from './program.ts';

const width = 120;

/** Returns the help of the command `path`, such as `cluster create`, as `program` has it: of the program itself for `run` and for what is no command. `bold` marks the headings. */
export function commandHelp(
  path: readonly string[],
  { bold, program }: { bold: (text: string) => string; program: Program },
): string {
  const entry = entryOf(path);
  const blocks = entry ? helpOf(entry) : program === 'k3k' ? k3kHelp() : mainHelp();
  return blocks
    .map(([title, ...lines]) => {
      const isTyped = title === '' || title === 'Examples:';
      const shown = isTyped ? lines.map((line) => lineFor(program, line)) : lines;
      return [...(title === '' ? [] : [bold(title)]), ...shown].join('\n');
    })
    .join('\n\n');
}

function entryOf([name = '', word = '']: readonly string[]): CommandEntry | undefined {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const below = entry?.commands ?? {};
  return Object.hasOwn(below, word) ? below[word] : entry;
}

/** A title, empty for none, and the lines below it. */
type Block = [title: string, ...lines: string[]];

function mainHelp(): Block[] {
  const listed = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  const groups = Map.groupBy(Object.entries(flags), ([, { group }]) => group);
  return [
    ...introduction({ ...mainEntry, usage: [...mainEntry.usage, '<command> [flags]'] }),
    ['Commands:', ...table([['', mainEntry.summary], ...listed])],
    ...[...groups].map(([group, these]): Block => [`${group}:`, ...table(these.map(flagRow))]),
    ...conclusion(mainEntry),
    [
      '',
      ...wrap(
        'Each flag is also an environment variable (K3V_LISTEN_PORT for --listen-port) and a key of the --config file. k3v <command> --help says more of a command.',
        width,
      ),
    ],
  ];
}

/** What those who know K3K look for comes first. */
function k3kHelp(): Block[] {
  const groups = Object.entries(commands).filter(([, entry]) => entry.commands);
  const listed = groups.flatMap(([name, { commands: below = {} }]) =>
    Object.entries(below).map(([word, { summary }]) => [`${name} ${word}`, summary] as const),
  );
  const others = Object.entries(commands).filter(([, entry]) => !entry.commands);
  return [
    ['', ...groups.flatMap(([, { usage }]) => usage.map((line) => `k3v ${line}`))],
    ['', ...wrap('Makes and looks after virtual clusters on a host that has the chart of k3k installed.', width)],
    ['Commands:', ...table(listed)],
    ['Further commands, those of k3v:', ...table(others.map(([name, { summary }]) => [name, summary] as const))],
    ...conclusion({ examples: groups.flatMap(([, { examples }]) => examples) }),
    ['', ...wrap('k3k <command> --help says more of a command, and k3v --help what k3v does without one.', width)],
  ];
}

function helpOf(entry: CommandEntry): Block[] {
  const { own = [], heeds, subcommands = {}, commands: below = {}, table: flagTable } = entry;
  const does = [
    ...Object.entries(subcommands).map(([name, { does: text }]) => [name, text] as const),
    ...Object.entries(below).map(([name, { summary }]) => [name, summary] as const),
  ];
  return [
    ...introduction(entry),
    ...block('Commands:', table(does)),
    ...block('Flags:', table(own.map((name) => flagRow([name, ownFlags[name]])))),
    ...block('Flags:', table(Object.entries(flagTable?.flags ?? {}).map(flagRow))),
    ...block('Flags, as for k3v itself:', table(heeds.map((name) => flagRow([name, flags[name]])))),
    ...conclusion(entry),
  ];
}

function introduction({
  usage,
  summary,
  about = [`${summary[0]?.toUpperCase()}${summary.slice(1)}.`],
}: CommandEntry): Block[] {
  return [['', ...usage.map((line) => `k3v ${line}`)], ...about.map((text): Block => ['', ...wrap(text, width)])];
}

function conclusion({ examples }: Pick<CommandEntry, 'examples'>): Block[] {
  const codes = exitCodes.map(({ code, when }) => [code, when] as const);
  return [
    ['Examples:', ...examples.flatMap(([line, purpose]) => [`  # ${purpose}`, `  ${line}`])],
    ['Exit codes:', ...table(codes)],
  ];
}

function block(title: string, lines: string[]): Block[] {
  return lines.length > 0 ? [[title, ...lines]] : [];
}

function flagRow([name, flag]: [string, Flag & { short?: string } & Partial<Setting>]): readonly [string, string] {
  const names = flag.short === undefined ? `--${name}` : `--${name}, -${flag.short}`;
  return [names, flag.default === undefined ? flag.describe : `${flag.describe} [default: ${String(flag.default)}]`];
}

/** Returns rows of two columns, the second wrapped. */
function table(rows: (readonly [string, string])[]): string[] {
  const left = Math.max(0, ...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, text]) =>
    wrap(text, width - left).map((line, index) => `${(index === 0 ? `  ${name}` : '').padEnd(left)}${line}`.trimEnd()),
  );
}

/** Returns `text` in lines of at most `columns`, but for words that are longer. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
