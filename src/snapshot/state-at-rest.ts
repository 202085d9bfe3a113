import { copyFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { K3vError } from '../errors.ts';
import { ifMissing, isMissing } from '../if-missing.ts';
import { makeFolder } from '../make-folder.ts';

const pauseMs = 50;
const maxTries = 200;
/** LevelDB's lock and its own log: no part of what is stored. */
const noContent = ['LOCK', 'LOG', 'LOG.old'];

/**
 * Copies the files of the state in `folder` to `target` while a running k3v may hold its lock, together with a moment of something else that `moment.pin`
 * holds fast and `moment.unpin` lets go. LevelDB only ever appends to a file or makes a new one, and writes before a put resolves: if no file has
 * another size before `pin` and after the copy, nothing was stored in between, and copy and pinned moment belong together. Otherwise it is tried
 * again; k3v seldom stores anything. A missing folder is an empty state. Rejects with STATE_BUSY after 10 s of trying.
 */
export async function copyStateAtRest(
  folder: string,
  target: string,
  moment: { pin(): void; unpin(): void },
): Promise<void> {
  await makeFolder(target, 0o700);
  for (let tries = 0; tries < maxTries; tries++) {
    const before = await sizesOf(folder);
    moment.pin();
    const copied = await copyAll(folder, target, Object.keys(before));
    if (copied && JSON.stringify(await sizesOf(folder)) === JSON.stringify(before)) return;
    moment.unpin();
    await delay(pauseMs);
  }
  throw new K3vError('STATE_BUSY', `k3v does not stop writing to ${folder}`, {
    hint: 'Try again when k3v status says that it is in sync, or stop it first.',
  });
}

async function copyAll(folder: string, target: string, names: string[]): Promise<boolean> {
  try {
    for (const name of names) await copyFile(join(folder, name), join(target, name));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function sizesOf(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const name of (await readdir(folder).catch(ifMissing<string[]>([]))).toSorted()) {
    if (!noContent.includes(name)) sizes[name] = await stat(join(folder, name)).then(({ size }) => size, ifMissing(-1));
  }
  return sizes;
}
