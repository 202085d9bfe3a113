import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** Returns what bash (3.2 or newer) sources to complete `commands`. */
export function bashCompletion(commands: CompletedCommand[]): string {
  const takers = commands.flatMap(({ flags }) => flags.filter(({ takesValue }) => takesValue));
  const usual = new Map(takers.filter(({ name }) => !isSpecial(name, commands)).map((flag) => [flag.name, flag]));
  return `# Completion of k3v for bash: source <(k3v completion bash)
_k3v() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} prefix='' offered='' flags='' words='' command depth i
  local -a given=()
  COMPREPLY=()
  # The = of --flag=value is a word to bash.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${[...new Set(takers.flatMap(namesOf))].join('|')}) [[ \${COMP_WORDS[i + 1]:-} == = ]] || i=$((i + 1)) ;;
      =) i=$((i + 1)) ;;
      -*) ;;
      *) given+=("\${COMP_WORDS[i]}") ;;
    esac
  done
  command="\${given[0]:-} \${given[1]:-}"
  case "$command" in
${patterns(commands)
  .map(
    ({ pattern, depth, words, flags: own }) =>
      `    ${pattern}) flags='${own.map((flag) => flag.name).join(' ')}' words='${words.map(([word]) => word).join(' ')}' depth=${depth} ;;`,
  )
  .join('\n')}
  esac
  case "$command $prev" in
${patterns(commands)
  .flatMap(({ pattern, flags: own }) =>
    own
      .filter(({ name, takesValue }) => takesValue && isSpecial(name, commands))
      .map((flag) => valuesCase(pattern, flag)),
  )
  .join('\n')}
${[...usual.values()].map((flag) => valuesCase('*', flag)).join('\n')}
    *)
      if [[ $cur == -* ]]; then
        offered=$flags
      elif ((\${#given[@]} == depth)); then
        offered=$words
      fi
      ;;
  esac
  if [[ $prefix == , && $cur == *,* ]]; then prefix=\${cur%,*}, cur=\${cur##*,}; else prefix=''; fi
  COMPREPLY=($(compgen -P "$prefix" -W "$offered" -- "$cur"))
}
complete -o default -F _k3v k3v k3k`;
}

/** Returns the commands with the pattern of their first two words, those with two names first, and how many words stand before those that may follow. */
function patterns(commands: CompletedCommand[]): (CompletedCommand & { pattern: string; depth: number })[] {
  const depthOf = ({ name }: CompletedCommand) => (name === '' ? 0 : name.split(' ').length);
  return commands
    .toSorted((a, b) => depthOf(b) - depthOf(a))
    .map((command) => {
      const depth = depthOf(command);
      const pattern = depth === 0 ? '*' : depth === 1 ? `${command.name}\\ *` : command.name.replace(' ', '\\ ');
      return { ...command, pattern, depth };
    });
}

/** Whether the flag takes other words in some commands than in others. */
function isSpecial(flag: string, commands: CompletedCommand[]): boolean {
  const found = commands.flatMap(({ flags }) => flags.filter(({ name }) => name === flag));
  return new Set(found.map(({ values }) => values.join(' '))).size > 1;
}

function valuesCase(pattern: string, flag: CompletedFlag): string {
  const after = namesOf(flag)
    .map((name) => `${pattern}\\ ${name}`)
    .join('|');
  if (flag.values.length === 0) return `    ${after}) return ;;`;
  return `    ${after}) offered='${flag.values.join(' ')}'${flag.isList ? ' prefix=,' : ''} ;;`;
}

function namesOf({ name, short }: CompletedFlag): string[] {
  return short === undefined ? [name] : [name, short];
}
