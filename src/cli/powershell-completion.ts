import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** Returns what PowerShell (5.1 or newer) runs to complete `commands`. */
export function powershellCompletion(commands: CompletedCommand[]): string {
  const takers = commands.flatMap(({ name: command, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .flatMap((flag) => namesOf(flag).map((name) => ({ command, name, flag }))),
  );
  const usual = new Map(takers.toReversed().map(({ name, flag }) => [name, flag]));
  const special = takers.filter(({ name, flag }) => usual.get(name)?.values.join(' ') !== flag.values.join(' '));
  return `# Completion of k3v for PowerShell: k3v completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName k3v, k3k -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $values = @{
${[...usual].map(([name, flag]) => `    '${name}' = ${listOf(flag.values)}`).join('\n')}
  }
  # Of commands where they are others.
  $special = @{
${special.map(({ command, name, flag }) => `    '${command} ${name}' = ${listOf(flag.values)}`).join('\n')}
  }
  $words = @{
${commands.map(({ name, words }) => `    '${name}' = ${listOf(words.map(([word]) => word))}`).join('\n')}
  }
  $flags = @{
${commands.map((command) => `    '${command.name}' = ${listOf(command.flags.map(({ name }) => name))}`).join('\n')}
  }
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
      Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $given = @()
  $last = ''
  foreach ($word in $before) {
    if ($values.ContainsKey($last)) { $last = '' } else {
      $last = $word
      if (-not $word.StartsWith('-')) { $given += $word }
    }
  }
  $two = "$($given[0]) $($given[1])"
  $command = if ($given.Count -gt 1 -and $flags.ContainsKey($two)) { $two }
  elseif ($given.Count -gt 0 -and $flags.ContainsKey($given[0])) { $given[0] } else { '' }
  $depth = if ($command) { ($command -split ' ').Count } else { 0 }
  $offered = if ($special.ContainsKey("$command $last")) { $special["$command $last"] }
  elseif ($values.ContainsKey($last)) { $values[$last] }
  elseif ($wordToComplete.StartsWith('-')) { $flags[$command] }
  elseif ($given.Count -eq $depth) { $words[$command] }
  $offered | Where-Object { $_ -and $_.StartsWith($wordToComplete) } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}`;
}

function namesOf({ name, short }: CompletedFlag): string[] {
  return short === undefined ? [name] : [name, short];
}

function listOf(words: readonly string[]): string {
  return `@(${words.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ')})`;
}
