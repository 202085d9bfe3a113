import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** Returns what zsh sources, or finds as `_k3v` in its `fpath`, to complete `commands`. */
export function zshCompletion(commands: CompletedCommand[]): string {
  const [main, ...others] = commands;
  const isBelow = ({ name }: CompletedCommand) => name.includes(' ');
  return `#compdef k3v k3k
# Completion of k3v for zsh: source <(k3v completion zsh), after compinit
_k3v() {
  local curcontext=$curcontext state line
  local -a words_of_k3v
  typeset -A opt_args
  _arguments -C \\
    ${[...(main?.flags.flatMap(specsOf) ?? []), "'1: :->command'", "'*:: :->argument'"].join(' \\\n    ')}
  case $state in
    command)
      words_of_k3v=(${main?.words.map(described).join(' ')})
      _describe command words_of_k3v
      ;;
    argument)
      case $line[1] in
${others
  .filter((command) => !isBelow(command))
  .map((command) => caseOf(command, others.filter(isBelow)))
  .join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _k3v ]]; then _k3v "$@"; else compdef _k3v k3v k3k; fi`;
}

function caseOf({ name, words, flags }: CompletedCommand, below: CompletedCommand[]): string {
  const own = below.filter((command) => command.name.startsWith(`${name} `));
  if (own.length === 0)
    return `        ${name}) ${argumentsCall([...flags.flatMap(specsOf), ...argumentsOf(words)], 10)} ;;`;
  const first = quoted(`1:command:(${words.map(([word]) => word).join(' ')})`);
  return `        ${name})
          ${argumentsCall([...flags.flatMap(specsOf), first, "'*:: :->below'"], 12, '-C ')}
          if [[ $state == below ]]; then
            case $line[1] in
${own
  .map(
    (command) =>
      `              ${command.name.slice(name.length + 1)}) ${argumentsCall([...command.flags.flatMap(specsOf), "'*:file:_files'"], 16)} ;;`,
  )
  .join('\n')}
            esac
          fi
          ;;`;
}

function argumentsCall(specs: string[], columns: number, options = ''): string {
  return [`_arguments ${options}\\`, specs.map((spec) => `${' '.repeat(columns)}${spec}`).join(' \\\n')].join('\n');
}

function specsOf({ name, short, describe, takesValue, isList, values }: CompletedFlag): string[] {
  const names = short === undefined ? [name] : [name, short];
  const action =
    values.length === 0 ? '_files' : isList ? `_sequence compadd - ${values.join(' ')}` : `(${values.join(' ')})`;
  return names.map((each) => {
    const spec = `${isList ? '*' : ''}${each}${takesValue && each.startsWith('--') ? '=' : ''}[${escaped(describe)}]`;
    return quoted(takesValue ? `${spec}:value:${action}` : spec);
  });
}

function argumentsOf(words: CompletedCommand['words']): string[] {
  return words.length === 0 ? [] : [quoted(`1:command:(${words.map(([word]) => word).join(' ')})`), "'2:file:_files'"];
}

function described([word, does]: readonly [string, string]): string {
  return quoted(`${word}:${does.replaceAll('\\', '\\\\').replaceAll(':', '\\:')}`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
