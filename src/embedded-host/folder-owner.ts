import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyThisProcess, isAlive, parseProcessIdentity } from '../control-plane/process-identity.ts';
import { K3vError } from '../errors.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/**
 * Makes this process the owner of `folder` and returns how to give it back. The children of an owner that has died are
 * stale and may be ended; those of a living one may not.
 * Rejects with K3vError `DATA_DIR_LOCKED` when a living process, be it this one, owns the folder.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'owner.json');
  const owner = parseProcessIdentity(await readFile(path, 'utf8').catch(() => ''));
  if (owner !== undefined && (await isAlive(owner))) {
    throw new K3vError('DATA_DIR_LOCKED', `${folder} is used by another k3v, process ${owner.pid}`, {
      hint: 'Stop that one first, or choose another folder with --data-dir.',
    });
  }
  await writeFileAtomically(path, JSON.stringify(await identifyThisProcess()));
  return () => rm(path, { force: true });
}
