import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** Returns what fish sources to complete `commands`. */
export function fishCompletion(commands: CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).filter((name) => name !== '' && !name.includes(' '));
  const lines = commands.flatMap((command) => {
    const { name, words, flags } = command;
    const here = conditionOf(command, commands, names);
    const own = name === '' || name === 'help' ? [] : words.map(([word]) => word);
    const before = own.length > 0 ? `${here}; and not __fish_seen_subcommand_from ${own.join(' ')}` : here;
    return [
      ...words.map(([word, does]) => `complete -c k3v -f -n ${quoted(before)} -a ${word} -d ${quoted(does)}`),
      ...flags.map((flag) => `complete -c k3v -n ${quoted(here)} ${optionOf(flag)} -d ${quoted(flag.describe)}`),
    ];
  });
  return ['# Completion of k3v for fish: k3v completion fish | source', 'complete -c k3k -w k3v', ...lines].join('\n');
}

/** Returns when a word of the line says that it is the command. */
function conditionOf({ name }: CompletedCommand, commands: CompletedCommand[], names: string[]): string {
  if (name === '') return `not __fish_seen_subcommand_from ${names.join(' ')}`;
  const seen = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
  // As `kubeconfig` is also one below `cluster`.
  const others = commands.flatMap((each) => (each.name.endsWith(` ${name}`) ? [each.name.split(' ')[0]] : []));
  return [...seen, ...others.map((word) => `not __fish_seen_subcommand_from ${word}`)].join('; and ');
}

function optionOf({ name, short, takesValue, values }: CompletedFlag): string {
  const long = `-l ${name.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  if (!takesValue) return long;
  return values.length > 0 ? `${long} -x -a ${quoted(values.join(' '))}` : `${long} -r`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
