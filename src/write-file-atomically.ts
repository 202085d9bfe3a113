import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifMissing } from './if-missing.ts';
import { makeFolder } from './make-folder.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Writes `content` to `path` so that a reader, or a crash at any moment, sees either the old file or the whole new one:
 * temporary file in the same folder, fsync, rename, fsync of the folder. Mode 0600 unless told otherwise; a missing folder is made with 0700.
 * Rejects with the system's error (`ENOSPC`, `EACCES`, …) and leaves no temporary file behind.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await makeFolder(dirname(path), 0o700);
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes what a `kill -9` in the middle of `writeFileAtomically` has left in `folder`; nobody may be writing there. */
export async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(ifMissing<string[]>([]))) {
    if (/\.[0-9a-f]{8}\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
}
