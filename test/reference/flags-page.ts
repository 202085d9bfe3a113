import type { CommandEntry } from '../../src/cli/command-entry.ts';
import { commands, mainEntry } from '../../src/cli/commands.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type Flag, type FlagName, flags, variableOf } from '../../src/cli/flags.ts';
import { ownFlags } from '../../src/cli/own-flags.ts';

/** Returns docs/flags.md as it should be. */
export function flagsPage(): string {
  const groups = Map.groupBy(Object.keys(flags) as FlagName[], (name) => flags[name].group);
  return `${[
    '# Commands and flags',
    '`npm run reference` writes this page and the man page [k3v.1](k3v.1) from what `src/cli` says of commands and flags, and a test holds both to it. [The README](../README.md#flags) says more of some flags.',
    '## k3v',
    ...commandParts(mainEntry),
    'A flag wins over its environment variable, that over the `--config` file, that over the default. `--no-` before a flag that is true or false switches it off. `--help` (`-h`) and `--version` go with everything.',
    ...[...groups].flatMap(([group, names]) => [`### ${group}`, settingsTable(names)]),
    ...Object.entries(commands).flatMap(([name, entry]) => [
      `## k3v ${name}`,
      ...commandParts(entry),
      ...flagParts(entry),
      ...Object.entries(entry.commands ?? {}).flatMap(([word, below]) => [
        `### k3v ${name} ${word}`,
        ...commandParts(below),
        ...flagParts(below),
      ]),
    ]),
    '## The --config file',
    'YAML. Its keys are the names of the flags of `k3v` without the dashes; those that only some commands have are no keys of it, and `config` in it does nothing. What is true or false, a number or a text is written as YAML writes it; a list as a list, or as one text with commas; `quota`, `default-requests` and `default-limits` also as a map. A key that is no flag, or a value that a flag does not take, is an error.',
    '```yaml\nkubeconfig: /etc/k3v/host.yaml\nnamespace: team-a\nlisten-port: 7444\nsync: [ingresses, secrets=all]\nquota:\n  cpu: 4\n  memory: 8Gi\n```',
    '## Exit codes',
    table(
      ['code', 'when'],
      exitCodes.map(({ code, when }) => [`\`${code}\``, when]),
    ),
    'What the codes of errors mean: [the README](../README.md#errors).',
  ].join('\n\n')}\n`;
}

function commandParts({
  usage,
  summary,
  about = [`${sentence(summary)}`],
  subcommands = {},
  commands: below = {},
  examples,
}: CommandEntry): string[] {
  const does = [
    ...Object.entries(subcommands).map(([name, { does: text }]) => `- \`${name}\`: ${escaped(text)}`),
    ...Object.entries(below).map(([name, entry]) => `- \`${name}\`: ${escaped(entry.summary)}`),
  ];
  return [
    fenced(usage.map((line) => `k3v ${line}`)),
    ...about.map(escaped),
    ...(does.length > 0 ? [does.join('\n')] : []),
    fenced(examples.flatMap(([line, purpose]) => [`# ${purpose}`, line])),
  ];
}

function flagParts({ own = [], table: flagTable, heeds }: CommandEntry): string[] {
  const all = [...own.map((name) => [name, ownFlags[name]] as const), ...Object.entries(flagTable?.flags ?? {})];
  const rows = all.map(([name, flag]) => {
    return [
      flag.short === undefined ? code(`--${name}`) : `${code(`--${name}`)}, ${code(`-${flag.short}`)}`,
      ...cells(flag),
    ];
  });
  return [
    ...(rows.length > 0 ? [table(['flag', 'type', 'default', 'meaning'], rows)] : []),
    ...(heeds.length > 0
      ? [`Of the flags of \`k3v\` it heeds ${heeds.map((name) => code(`--${name}`)).join(', ')}.`]
      : []),
  ];
}

function settingsTable(names: FlagName[]): string {
  return table(
    ['flag', 'type', 'default', 'environment', 'meaning'],
    names.map((name) => {
      const [type = '', preset = '', meaning = ''] = cells(flags[name]);
      const variables = [variableOf(name), ...(flags[name].oldEnv ?? [])].map(code).join(', ');
      return [code(`--${name}`), type, preset, variables, meaning];
    }),
  );
}

/** Type, default and meaning. */
function cells(flag: Flag): string[] {
  return [typeOf(flag), flag.default === undefined ? '' : code(String(flag.default)), escaped(flag.describe)];
}

/** Returns how a person calls what `flag` takes. */
function typeOf({ type, choices }: Flag): string {
  if (choices) return `${type === 'array' ? 'list of' : 'one of'} ${choices.map(code).join(', ')}`;
  return { string: 'text', number: 'number', boolean: 'true or false', array: 'list' }[type];
}

function sentence(phrase: string): string {
  return `${phrase[0]?.toUpperCase()}${phrase.slice(1)}.`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function fenced(lines: string[]): string {
  return ['```', ...lines, '```'].join('\n');
}

/** Keeps Markdown from taking `<…>` for HTML, and `|` for the end of a cell. */
function escaped(text: string): string {
  return text.replaceAll('<', '\\<').replaceAll('|', '\\|').replaceAll('*', '\\*');
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
