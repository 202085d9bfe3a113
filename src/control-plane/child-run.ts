import { rm } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { GuardedProcessOptions } from '../platform/platform.ts';
import { platform } from '../platform/this-platform.ts';
import { identifyProcess } from './process-identity.ts';
import type { RotatingLog } from './rotating-log.ts';

const graceMs = 5000;
const keptLines = 20;

/** How a process ended. */
export interface Death {
  /** For example `ended with code 1`, `was ended by SIGKILL`, `could not be started (ENOENT)`. */
  how: string;
  livedMs: number;
}

/** One life of a child: from spawn to its last byte of output. */
export interface ChildRun {
  readonly pid: number | undefined;
  isOver(): boolean;
  /** Never rejects. Resolves when the process is gone, with everything in its process group. */
  readonly exited: Promise<Death>;
  /** The last 20 lines of standard error. */
  stderrTail(): readonly string[];
  /** Calls `listener` after each line of standard error, until what it returns is called. */
  onStderr(listener: () => void): () => void;
  /** Asks it to end, kills it after 5 s; resolves with `exited`. */
  end(): Promise<Death>;
}

/** Starts the program, writes its output to `output` and its identity to `pidFile`, which goes when the process does. */
export function startRun(options: GuardedProcessOptions & { pidFile: string; output: RotatingLog }): ChildRun {
  const { pidFile, output } = options;
  const began = performance.now();
  const child = platform.spawnGuarded(options);
  const { pid } = child;
  const tail: string[] = [];
  const lines = child.stderr && keepTail(child.stderr, tail);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.write(chunk));
  const recorded = pid === undefined ? Promise.resolve() : recordPid(pid, pidFile);

  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      if (pid === undefined) resolve(`could not be started (${error.message})`);
    });
    child.once('exit', () => {
      if (pid !== undefined) platform.killRemains(pid);
    });
    child.once('close', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  }).then(async (how) => {
    const livedMs = performance.now() - began;
    await recorded;
    await rm(pidFile, { force: true }).catch(() => {});
    return { how, livedMs };
  });

  const isOver = () => pid === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    isOver,
    exited,
    stderrTail: () => tail,
    onStderr: (listener) => {
      lines?.on('line', listener);
      return () => void lines?.off('line', listener);
    },
    async end() {
      if (pid === undefined || isOver()) return exited;
      platform.askToEnd(pid);
      const timer = setTimeout(() => platform.kill(pid), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function keepTail(stream: Readable, tail: string[]): Interface {
  return createInterface({ input: stream }).on('line', (line) => {
    tail.push(stripVTControlCharacters(line));
    if (tail.length > keptLines) tail.shift();
  });
}

/** A pid file that cannot be written costs only the clean-up after a double crash, so it must not end the child. */
async function recordPid(pid: number, pidFile: string): Promise<void> {
  const identity = await identifyProcess(pid);
  if (identity) await writeFileAtomically(pidFile, JSON.stringify(identity)).catch(() => {});
}
