import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';

/** What users run from the source tree. */
const sourceProgram = join(import.meta.dirname, '../../bin/k3v');

/** The program under test, run as a user runs it. */
export interface K3vProcess {
  kubeconfig: string;
  pid: number;
  /** All of its log lines so far. */
  lines(): string[];
  /** Sends the signal and resolves with the exit code (null when the signal ended it). */
  end(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface StartOptions {
  /** The script that starts it, bundled. Default: that of the source tree. */
  program?: string | undefined;
  /** Whether it logs every write. Default: only from the source tree, as a bundled one is measured. */
  debug?: boolean;
  /** Added to the environment. */
  env?: Record<string, string>;
  /** Gets all that it logs, as it comes. */
  onOutput?: (text: string) => void;
  /** Gets its pid before it is up. */
  onSpawn?: (pid: number) => void;
}

/** Starts `k3v` in `folder` with `args`; resolves when it says that the virtual cluster is up, rejects with its output if it ends before. */
export async function startK3v(folder: string, args: string[], options: StartOptions = {}): Promise<K3vProcess> {
  const { program, debug = program === undefined, env = {}, onOutput, onSpawn } = options;
  const flags = ['--distro', 'kubernetes', ...(debug ? ['--debug'] : [])];
  const child = spawn(process.execPath, [program ?? sourceProgram, ...flags, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) onSpawn?.(child.pid);
  const exited = once(child, 'exit');
  let output = '';
  child.stderr.setEncoding('utf8');
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: string) => {
      output += text;
      onOutput?.(text);
      if (output.includes('"virtual cluster is up"')) resolve();
    });
    child.on('exit', () => reject(new Error(`k3v ended at once:\n${output}`)));
  });
  return {
    kubeconfig: join(folder, 'kubeconfig.yaml'),
    pid: child.pid ?? 0,
    lines: () => output.split('\n').filter(Boolean),
    async end(signal) {
      const code = await endProcess(child, exited, signal);
      const left = output.split('\n').filter((line) => /is left behind|ends with something still open/.test(line));
      if (left.length > 0) throw new Error(`k3v did not end whole:\n${left.join('\n')}\n${output.slice(-8_000)}`);
      return code;
    },
  };
}

async function endProcess(
  child: ChildProcess,
  exited: Promise<unknown[]>,
  signal: NodeJS.Signals,
): Promise<number | null> {
  child.kill(signal);
  await exited;
  return child.exitCode;
}

/** Launches `k3v` and returns the process, which resolves at its end with what it wrote and its exit code. */
export function launchK3v(folder: string, args: string[], env: Record<string, string> = {}) {
  // However long its end takes, it is not cut short.
  return execa(process.execPath, [sourceProgram, ...args], {
    cwd: folder,
    env,
    reject: false,
    forceKillAfterDelay: false,
  });
}

/** Runs `k3v` to its end and returns what it wrote and its exit code. */
export async function runK3v(folder: string, args: string[], env: Record<string, string> = {}) {
  return await launchK3v(folder, args, env);
}

/** Returns the path of a real kubectl, built from the pinned module. */
export async function kubectlProgram(): Promise<string> {
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const folder = await buildKubernetesPrograms(['kubectl'], environment, new AbortController().signal);
  return join(folder, 'kubectl');
}

/** Returns a function that runs a real kubectl against `kubeconfig`. */
export async function kubectlFor(kubeconfig: string): Promise<(...args: string[]) => Promise<string>> {
  const program = await kubectlProgram();
  return async (...args) => (await execa(program, ['--kubeconfig', kubeconfig, ...args])).stdout;
}
