/** Returns the words of a simple command as a shell splits them: quotes of both kinds are taken off, nothing is expanded. */
export function shellWords(command: string): string[] {
  return [...command.matchAll(/(?:[^\s'"]|'[^']*'|"(?:\\.|[^"\\])*")+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );
}

/** Returns the simple commands in a line of a shell: what stands between pipes, without where their output goes. */
export function simpleCommands(line: string): string[] {
  return line.split(/\s\|\s/).map((part) => part.replace(/\s(?:>\s.*|2>&1.*)$/, '').trim());
}
