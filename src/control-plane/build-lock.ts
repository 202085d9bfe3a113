import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyThisProcess, isAlive, parseProcessIdentity } from './process-identity.ts';

const pollMs = 200;
let attempts = 0;

/**
 * Runs `work` while no other process, nor any other call in this one, holds the lock file `path`. Calls `onWait` once if it has to wait.
 * The lock of a process that has died is taken over. In the worst race two processes get in at once, so what they do
 * must be atomic in itself; the lock only saves them from doing it twice.
 */
export async function withBuildLock<T>(
  path: string,
  options: { onWait: () => void; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; !(await tryLock(path)); waited = true) {
    if (!waited) options.onWait();
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await delay(pollMs, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** The file appears with its owner's name in it: one without a name would look abandoned to those who wait. */
async function tryLock(path: string): Promise<boolean> {
  const named = `${path}.${process.pid}-${attempts++}`;
  await writeFile(named, JSON.stringify(await identifyThisProcess()));
  try {
    await link(named, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(named, { force: true });
  }
}

/** A file that is gone was let go just now, and may be another's in the next moment: it is not abandoned. */
async function isAbandoned(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const owner = parseProcessIdentity(text);
  return owner === undefined || !(await isAlive(owner));
}
