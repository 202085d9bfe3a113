import type { CommandEntry } from '../../src/cli/command-entry.ts';
import { commands, mainEntry } from '../../src/cli/commands.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type Flag, type FlagName, flags, variableOf } from '../../src/cli/flags.ts';
import { ownFlags } from '../../src/cli/own-flags.ts';

/** Returns docs/k3v.1 as it should be: man(7). It has neither date nor version, so that only a change of what it says changes it. */
export function manPage(): string {
  const groups = Map.groupBy(Object.keys(flags) as FlagName[], (name) => flags[name].group);
  const entries = Object.entries(commands).flatMap(([name, entry]) => [
    [name, entry] as const,
    ...Object.entries(entry.commands ?? {}).map(([word, below]) => [`${name} ${word}`, below] as const),
  ]);
  const synopsis = [mainEntry, ...entries.filter(([, entry]) => !entry.commands).map(([, entry]) => entry)].flatMap(
    ({ usage }) => usage,
  );
  return `${[
    '.\\" Written by npm run reference from src/cli.',
    '.TH K3V 1 "" "k3v" "k3v"',
    // Names are not broken, so that they can be copied.
    '.nh',
    '.ad l',
    '.SH NAME',
    'k3v \\- a virtual Kubernetes cluster in one namespace of a host cluster',
    '.SH SYNOPSIS',
    ...synopsis.flatMap((line, index) => [...(index === 0 ? [] : ['.br']), `.B k3v`, text(line)]),
    '.SH DESCRIPTION',
    ...(mainEntry.about ?? []).map(text),
    'Its API server is a genuine one; only what has to run somewhere is translated into objects of that namespace.',
    '.SH COMMANDS',
    ...entries.flatMap(([name, entry]) => [`.SS k3v ${text(name)}`, ...commandLines(entry)]),
    '.SH OPTIONS',
    'Those of k3v without a command.',
    ...[...groups].flatMap(([group, names]) => [
      `.SS ${group}`,
      ...names.flatMap((name) =>
        flagLines(`--${name}`, flags[name], [variableOf(name), ...(flags[name].oldEnv ?? [])]),
      ),
    ]),
    '.SH CONFIGURATION FILE',
    text('The file of --config is YAML, with the names of options as keys, without dashes.'),
    text('An option wins over its environment variable, that over this file, that over the default.'),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(({ code, when }) => item(text(code), [text(when)])),
    '.SH EXAMPLES',
    ...exampleLines(mainEntry).slice(1),
    '.SH SEE ALSO',
    '.BR kubectl (1)',
  ].join('\n')}\n`;
}

function commandLines({ about, summary, subcommands = {}, own = [], table, heeds, ...entry }: CommandEntry): string[] {
  return [
    ...(about ?? [`${summary[0]?.toUpperCase()}${summary.slice(1)}.`]).flatMap((each, index) => [
      ...(index === 0 ? [] : ['.PP']),
      text(each),
    ]),
    ...Object.entries(subcommands).flatMap(([name, { does }]) => item(`\\fB${text(name)}\\fP`, [text(does)])),
    ...[...own.map((name) => [name, ownFlags[name]] as const), ...Object.entries(table?.flags ?? {})].flatMap(
      ([name, flag]) => {
        return flagLines(flag.short === undefined ? `--${name}` : `--${name}, -${flag.short}`, flag, []);
      },
    ),
    ...(heeds.length > 0 ? ['.PP', text(`It heeds ${heeds.map((name) => `--${name}`).join(', ')}, too.`)] : []),
    ...exampleLines(entry),
  ];
}

function flagLines(names: string, flag: Flag, variables: string[]): string[] {
  const { type, describe, choices } = flag;
  const takes = choices
    ? choices.join('|')
    : { string: 'text', number: 'number', boolean: '', array: 'text,...' }[type];
  const facts = [
    ...(flag.default === undefined ? [] : [`Default: ${String(flag.default)}.`]),
    ...(variables.length > 0 ? [`Environment: ${variables.join(', ')}.`] : []),
  ];
  return item(`\\fB${text(names)}\\fP${takes === '' ? '' : ` \\fI${text(takes)}\\fP`}`, [
    text(describe),
    ...facts.flatMap((fact) => ['.br', text(fact)]),
  ]);
}

function exampleLines({ examples }: Pick<CommandEntry, 'examples'>): string[] {
  return examples.flatMap(([line, purpose]) => ['.PP', `# ${text(purpose)}`, '.br', `\\fB${text(line)}\\fP`]);
}

function item(head: string, body: string[]): string[] {
  return ['.TP', head, ...body];
}

/** Returns `plain` as troff prints it: hyphens stay what can be copied, and no line is taken for a request. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^(?=[.'])/, '\\&');
}
