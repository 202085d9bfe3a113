import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists } from '../file-exists.ts';
import { makeFolder } from '../make-folder.ts';
import type { StateStore } from '../state/store.ts';
import { syncFolder } from '../sync-folder.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { snapshotParts, stateFile } from './snapshot-manifest.ts';
import { allEntries, importState, parseState } from './snapshot-state.ts';

/**
 * A restore first lays everything ready in `<data-dir>/restore`, and then decides by one file, `decided.json`. Before there is that file nothing
 * has happened, and what lies ready is thrown away; once there is, `finishRestore` goes through to the end, as often as it takes.
 */
export function restoreFolder(dataDir: string): string {
  return join(dataDir, 'restore');
}

/** Decides for what lies ready. `aside` is the folder in the data directory for what was there before. */
export async function decideRestore(dataDir: string, aside: string): Promise<void> {
  await writeFileAtomically(decisionFile(dataDir), JSON.stringify({ aside }));
}

/** Whether a restore has been decided and is not at its end. */
export async function isRestoreUnfinished(dataDir: string): Promise<boolean> {
  return await fileExists(decisionFile(dataDir));
}

/**
 * Finishes a restore that was decided, and throws away one that was not. Call it with the lock of the data directory held, which `store` is, and before
 * anything else looks there. Returns the folder with what was there before; undefined when there was nothing to finish.
 */
export async function finishRestore(dataDir: string, store: StateStore): Promise<string | undefined> {
  const folder = restoreFolder(dataDir);
  if (!(await isRestoreUnfinished(dataDir))) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const { aside: name } = JSON.parse(await readFile(decisionFile(dataDir), 'utf8')) as { aside: string };
  const aside = join(dataDir, name);
  await makeFolder(aside, 0o700);
  for (const part of snapshotParts) {
    const [ready, present] = [join(folder, part), join(dataDir, part)];
    // If it is no longer ready, an earlier attempt has put it in place.
    if (!(await fileExists(ready))) continue;
    if (await fileExists(present)) await rename(present, join(aside, part));
    await rename(ready, present);
  }
  for (const touched of [aside, dataDir]) await syncFolder(touched);
  const stateAside = join(aside, stateFile);
  if (!(await fileExists(stateAside))) {
    await writeFileAtomically(stateAside, JSON.stringify(await allEntries(store)));
  }
  const text = await readFile(join(folder, stateFile), 'utf8');
  await importState(store, parseState(text, folder));
  await rm(decisionFile(dataDir));
  await rm(folder, { recursive: true, force: true });
  return aside;
}

function decisionFile(dataDir: string): string {
  return join(restoreFolder(dataDir), 'decided.json');
}
