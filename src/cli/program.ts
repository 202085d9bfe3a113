/** The name that it is started by: `k3k` for those who know K3K, whose commands `cluster` and `policy` it then shows first. */
export type Program = 'k3v' | 'k3k';

/** Returns the program that is started as the file `path`; it is k3v under every name but k3k. */
export function programOf(path: string | undefined): Program {
  return /(^|[/\\])k3k(\.exe)?$/i.test(path ?? '') ? 'k3k' : 'k3v';
}

/** Returns `text`, a sentence that may name commands, with those of `cluster` and `policy`, and where help is, as `program` has them. */
export function sentenceFor(program: Program, text: string): string {
  return text.replace(/\bk3v (?=(?:cluster|policy)\b|(?:[a-z-]+ )*--help\b)/g, `${program} `);
}

/** Returns `line`, a command line of k3v that may be indented, as it is written with `program`. */
export function lineFor(program: Program, line: string): string {
  return line.replace(/^( *)k3v(?= )/, `$1${program}`);
}
