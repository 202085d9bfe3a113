import { guideSteps } from './console-blocks.ts';

/** A command that a page tells its reader to type. */
export interface DocCommand {
  command: string;
  /** Counts from 1. */
  line: number;
  /** Whether it stands in a block ```console, which is played, or in one ```sh, which is not. */
  isPlayed: boolean;
}

/** What a block of code may be called: a fence without a word is not allowed, as nobody could say whether there are commands in it. */
const languages = ['console', 'sh', 'text', 'yaml', 'ts', 'json', 'mermaid'];

/** Returns all commands in the blocks ```console and ```sh of `markdown`, in order. In ```sh each line is one; `  # …` behind it is said to the reader. */
export function docCommands(markdown: string): DocCommand[] {
  const played = guideSteps(markdown).flatMap((step) =>
    step.kind === 'interrupt' ? [] : [{ command: withoutComment(step.command), line: step.line, isPlayed: true }],
  );
  const others = blocks(markdown).flatMap(({ language, line, lines }) =>
    language === 'sh'
      ? lines.map((text, index) => ({ command: withoutComment(text), line: line + 1 + index, isPlayed: false }))
      : [],
  );
  return [...played, ...others.filter(({ command }) => command !== '')].toSorted((a, b) => a.line - b.line);
}

/** Returns the lines of `markdown` on which a block begins of which nobody can say what it is. */
export function namelessBlocks(markdown: string): number[] {
  return blocks(markdown).flatMap(({ language, line }) => (languages.includes(language) ? [] : [line]));
}

/** Returns the commands of k3v and kubectl that stand in the text of `markdown`, as `k3v status`; what is only a pattern (`…`, `[…]`) is none. */
export function namedCommands(markdown: string): { command: string; line: number }[] {
  const inBlocks = new Set(
    blocks(markdown).flatMap(({ line, lines }) => Array.from({ length: lines.length + 2 }, (_, more) => line + more)),
  );
  return markdown
    .split('\n')
    .flatMap((text, index) =>
      inBlocks.has(index + 1)
        ? []
        : [...text.matchAll(/`([^`]+)`/g)]
            .map(([, command = '']) => ({ command, line: index + 1 }))
            .filter(({ command }) => /^(?:k3v|kubectl) [^…[\\]*$/.test(command)),
    );
}

function withoutComment(line: string): string {
  return line.replace(/\s{2,}# .*$/, '').trim();
}

function blocks(markdown: string): { language: string; line: number; lines: string[] }[] {
  const found: { language: string; line: number; lines: string[] }[] = [];
  let isOpen = false;
  for (const [index, text] of markdown.split('\n').entries()) {
    if (text.startsWith('```')) {
      isOpen = !isOpen;
      if (isOpen) found.push({ language: /^```(\w*)/.exec(text)?.[1] ?? '', line: index + 1, lines: [] });
    } else if (isOpen) found.at(-1)?.lines.push(text);
  }
  return found;
}
