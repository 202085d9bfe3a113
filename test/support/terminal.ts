import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { eventually } from './eventually.ts';

/** A program on a terminal of its own. */
export interface Terminal {
  /** All that it has written so far, with what moves the cursor. */
  written(): string;
  /** Resolves with the lines so far as a reader sees them as soon as it has written `words`, or something like it. */
  says(words: string | RegExp): Promise<string[]>;
  /** Types `text`, as it is. What has ended by itself hears nothing more. */
  type(text: string): void;
  /** Resolves with its exit code, when all that it wrote is there. */
  ended: Promise<number>;
}

/** Starts the shell command `command` in `folder` on a terminal of `columns`, else as wide as they are by default. Needs script and stty. */
export function openTerminal(
  command: string,
  { folder, env, columns }: { folder: string; env: Readonly<Record<string, string>>; columns?: number },
): Terminal {
  const line = columns === undefined ? command : `stty cols ${columns} && ${command}`;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    written: () => output,
    async says(words) {
      await eventually(
        async () => {
          if (!(typeof words === 'string' ? output.includes(words) : words.test(output)))
            throw new Error(`${command} does not say "${words}":\n${output}`);
        },
        { timeoutMs: 240_000 },
      );
      return linesOf(output);
    },
    type(text) {
      if (terminal.exitCode === null) terminal.stdin.write(text);
    },
    ended: once(terminal, 'close').then(([code]) => Number(code)),
  };
}

/** Lines as a reader sees them: of what was written over, the last. */
export function linesOf(output: string): string[] {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\r').at(-1) ?? '');
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
