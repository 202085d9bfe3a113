import { spawn } from 'node:child_process';
import { eventually } from './eventually.ts';
import { type Terminal, linesOf, openTerminal } from './terminal.ts';

export interface GuideShell {
  /** Runs `command` as if typed, with both its outputs in one. */
  run(command: string): Promise<{ exitCode: number; lines: string[] }>;
  /** Runs `command` on a terminal of its own until it has said `words`; resolves with what it has said so far. */
  start(command: string, words: string): Promise<string[]>;
  /** Types Ctrl-C into the terminal of what was started last; resolves when it has ended. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

const mark = '--- that was it:';

/** A shell in `folder` that keeps its variables from one command to the next. Needs bash and script (util-linux). */
export function openGuideShell(folder: string, env: Readonly<Record<string, string>>): GuideShell {
  const shell = spawn('bash', ['--norc', '--noprofile'], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  let said = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  shell.stdin.write('exec 2>&1\n');
  const terminals: Terminal[] = [];

  const interrupt = async () => {
    const terminal = terminals.pop();
    if (!terminal) throw new Error('nothing runs that could be interrupted');
    terminal.type('\u0003');
    await terminal.ended;
  };
  return {
    async run(command) {
      const from = said.length;
      // In the shell itself, so that what it sets stays set; a command that reads finds nothing.
      shell.stdin.write(`{ ${command}\n} < /dev/null; printf '\\n${mark} %s\\n' $?\n`);
      const end = new RegExp(`\\n${mark} (\\d+)\\n`);
      await eventually(
        async () => {
          if (!end.test(said.slice(from))) throw new Error(`${command} does not end:\n${said.slice(from)}`);
        },
        // Commands of k3v wait for three minutes, and then say for what.
        { timeoutMs: 240_000 },
      );
      const output = said.slice(from);
      return { exitCode: Number(end.exec(output)?.[1]), lines: linesOf(output.replace(end, '')) };
    },
    async start(command, words) {
      const terminal = openTerminal(command, { folder, env });
      terminals.push(terminal);
      return await terminal.says(words);
    },
    interrupt,
    async close() {
      while (terminals.length > 0) await interrupt();
      // With a command that does not end, too.
      if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL');
    },
  };
}
