import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { eventually } from './eventually.ts';

/** A server of a test that can be stopped and started again, at the same address and with the same data. */
export interface ScratchServer {
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Returns a server that is the program `command`; it is up when `answers` resolves. It has not been started yet. */
export function scratchServer({
  command,
  args,
  user,
  answers,
  signal = 'SIGTERM',
}: {
  command: string;
  args: string[];
  /** Whom to run it as. */
  user?: ServerUser | undefined;
  answers: () => Promise<unknown>;
  /** What ends it at once and in good order. */
  signal?: NodeJS.Signals;
}): ScratchServer {
  let child: ChildProcess | undefined;
  let output = '';
  return {
    async start() {
      const { uid, gid } = user ?? {};
      const next = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      });
      child = next;
      for (const stream of [next.stdout, next.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
      await eventually(
        async () => {
          if (next.exitCode === null) await answers();
        },
        { timeoutMs: 120_000, everyMs: 100 },
      ).catch((error: unknown) => {
        throw new Error(`${command} does not answer:\n${output.slice(-2000)}`, { cause: error });
      });
      if (next.exitCode !== null) throw new Error(`${command} ended:\n${output.slice(-2000)}`);
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

/** Whom the system knows as the owner of such a server. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/** Returns a function that stops `server` and removes `folder`. */
export function folderRemover(server: ScratchServer, folder: string): () => Promise<void> {
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
