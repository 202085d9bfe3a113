import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installMissing } from '../host/debian-packages.ts';

/** A clock that a program is given, as if somebody had set that of its machine. */
export interface FakedClock {
  /** The environment in which the program has it. Its timers go on as they are: only the time of day is another. */
  env: Record<string, string>;
  /** Sets it, from this moment on, so many seconds ahead (or behind, if negative). */
  set(aheadSeconds: number): Promise<void>;
}

/** Returns why programs cannot be given a clock here, undefined if they can. As root on Debian and its like libfaketime is installed first. */
export async function fakedClockUnavailable(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `libfaketime is looked for on Linux, this is ${process.platform}`;
  return await installMissing(async () => ((await findLibrary()) ? [] : ['libfaketime']));
}

/** Returns a clock that is right; it is kept in a file in `folder`. */
export async function createFakedClock(folder: string): Promise<FakedClock> {
  const library = await findLibrary();
  if (!library) throw new Error('there is no libfaketime');
  const file = join(folder, 'clock');
  const set = async (aheadSeconds: number) =>
    await writeFile(file, `${aheadSeconds < 0 ? '-' : '+'}${Math.abs(aheadSeconds)}\n`);
  await set(0);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // Of its children only itself: they are other programs, whose clocks are right.
    FAKETIME_SKIP_CMDS: 'kine,kube-apiserver,kube-controller-manager,sh,env',
  };
  return { env, set };
}

async function findLibrary(): Promise<string | undefined> {
  for (const folder of ['/usr/lib', '/lib']) {
    for (const machine of await readdir(folder).catch((): string[] => [])) {
      const place = join(folder, machine, 'faketime');
      const names = await readdir(place).catch((): string[] => []);
      if (names.includes('libfaketime.so.1')) return join(place, 'libfaketime.so.1');
    }
  }
  return undefined;
}
