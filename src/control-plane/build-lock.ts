import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess, isAlive, parseProcessIdentity } from './process-identity.ts';

const pollMs = 200;
/** A lock file that is empty is one whose owner is about to write its name, or has died just then. */
const maxUnnamedMs = 2000;

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
  const began = Date.now();
  for (let waited = false; !(await tryLock(path)); waited = true) {
    if (!waited) options.onWait();
    if (await isAbandoned(path, Date.now() - began)) await rm(path, { force: true });
    else await delay(pollMs, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o644);
    try {
      await file.writeFile(JSON.stringify(await identifyProcess(process.pid)));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string, waitedMs: number): Promise<boolean> {
  const owner = parseProcessIdentity(await readFile(path, 'utf8').catch(() => ''));
  return owner ? !(await isAlive(owner)) : waitedMs > maxUnnamedMs;
}
