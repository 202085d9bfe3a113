import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';

/** Returns why there can be none here, undefined if there can. */
export function bareRootUnavailable(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  return process.getuid?.() === 0 ? undefined : 'chroot needs root';
}

/** A machine on which there is nothing: its root folder has the C library, a shell and the program, its network loopback alone. */
export interface BareRoot {
  /** Its `/`, from outside. */
  folder: string;
  /** Starts a program of it, in `/work`, with $HOME set to `/home`. All of its children end when it does. */
  start(command: readonly string[], options?: BareOptions): ChildProcessByStdio<null, Readable, Readable>;
  /** Runs one to its end. */
  run(command: readonly string[], options?: BareOptions): Promise<Ended>;
  remove(): Promise<void>;
}

export interface BareOptions {
  env?: Record<string, string>;
  /** Shell commands that mount something, run in its `/` from outside. */
  mounts?: string;
}

export interface Ended {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

/** Makes one with `programs` in `/`, and the shared libraries that they need. */
export async function makeBareRoot(programs: readonly string[]): Promise<BareRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-bare-'));
  for (const name of ['work', 'home', 'tmp', 'proc', 'dev', 'bin']) await mkdir(join(folder, name));
  await cp('/bin/sh', join(folder, 'bin/sh'), { dereference: true });
  for (const program of programs) await cp(program, join(folder, basename(program)));
  for (const library of await librariesOf(['/bin/sh', ...programs])) {
    await mkdir(dirname(join(folder, library)), { recursive: true });
    await copyFile(library, join(folder, library));
  }
  await writeFile(join(folder, 'dev/null'), '');
  const start: BareRoot['start'] = (command, { env = {}, mounts = ':' } = {}) =>
    spawn(
      'unshare',
      ['--mount', '--net', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', setUp, 'sh', folder, mounts, ...command],
      { env: { HOME: '/home', PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
  return {
    folder,
    start,
    async run(command, options) {
      const child = start(command, options);
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { stdout: stdout.trimEnd(), stderr: stderr.trimEnd(), exitCode: child.exitCode };
    },
    remove: async () => await rm(folder, { recursive: true, force: true }),
  };
}

/** The mounts are those of a mount namespace that ends with the program. */
const setUp = `set -e
root=$1; mounts=$2; shift 2
ip link set lo up
mount -t proc proc "$root/proc"
mount --bind /dev/null "$root/dev/null"
cd "$root"
eval "$mounts"
exec chroot "$root" /bin/sh -c 'unset PATH; cd /work && exec "$@"' sh "$@"`;

async function librariesOf(programs: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const program of programs) {
    const { stdout } = await execa('ldd', [program]);
    for (const [, path = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) found.add(path);
  }
  return found;
}
