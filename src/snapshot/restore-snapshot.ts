import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { endStaleChildren } from '../control-plane/stale-child.ts';
import { K3vError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { makeFolder } from '../make-folder.ts';
import { openDataDir } from '../open-data-dir.ts';
import { type Progress, within } from '../progress.ts';
import { syncFolder } from '../sync-folder.ts';
import { decideRestore, finishRestore, restoreFolder } from './pending-restore.ts';
import { readSnapshot } from './read-snapshot.ts';
import { brokenSnapshot } from './snapshot-errors.ts';
import { type SnapshotFile, type SnapshotManifest, snapshotParts, stateFile } from './snapshot-manifest.ts';
import { compactTime, snapshotPlace } from './snapshot-place.ts';
import { parseState } from './snapshot-state.ts';

interface RestoreOptions {
  dataDir: string;
  /** Name or path. */
  source: string;
  /** The id that k3v is going to run with. */
  id: string;
  /** Take a snapshot of whatever id. */
  anyId: boolean;
  log: Logger;
  progress: Progress;
}

/** What was restored, and where that is which was there before. */
export interface RestoredSnapshot {
  manifest: SnapshotManifest;
  aside: string;
}

/**
 * Brings the data directory, which is made if need be, to a snapshot. All of the snapshot is checked before anything is touched. A crash at any moment leaves what was
 * there, or a restore that the next start of k3v finishes. Rejects with SNAPSHOT_MISSING, SNAPSHOT_BROKEN, SNAPSHOT_NEWER, SNAPSHOT_OTHER_ID, and
 * as `openDataDir` does: DATA_DIR_LOCKED while k3v runs there.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<RestoredSnapshot> {
  const { dataDir, log, progress } = options;
  const file = snapshotPlace(dataDir, options.source);
  const checking = progress.step('checking the snapshot');
  const manifest = await within(checking, async () => await check(file, options));
  checking.done(`${manifest.files.length} files`);

  const store = await openDataDir(dataDir, log, { isReplaced: true });
  const step = progress.step('restoring');
  try {
    return await within(step, async () => {
      await endStaleChildren(join(dataDir, 'control-plane', 'run'), log);
      const ready = restoreFolder(dataDir);
      for (const part of snapshotParts) await makeFolder(join(ready, part), 0o700);
      const { files } = await readSnapshot(file, async (each, chunks) => await layReady(ready, each, chunks));
      const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)));
      for (const folder of folders) await syncFolder(join(ready, folder));
      await decideRestore(dataDir, `before-restore-${compactTime(new Date())}-${randomBytes(2).toString('hex')}`);
      const aside = await finishRestore(dataDir, store);
      step.done();
      return { manifest, aside: aside ?? dataDir };
    });
  } finally {
    await store.close();
  }
}

/** Returns the folders on the way to `path`: of `a/b/c` these are `a/b`, `a` and `.`. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

async function check(file: string, { id, anyId }: RestoreOptions): Promise<SnapshotManifest> {
  let state: string | undefined;
  const manifest = await readSnapshot(file, async ({ path }, chunks) => {
    const isState = path === stateFile;
    const pieces: Buffer[] = [];
    for await (const chunk of chunks) if (isState) pieces.push(chunk);
    if (isState) state = Buffer.concat(pieces).toString('utf8');
  });
  if (state === undefined) throw brokenSnapshot(file, `does not hold ${stateFile}`);
  parseState(state, file);
  if (manifest.id === id || anyId) return manifest;
  throw new K3vError('SNAPSHOT_OTHER_ID', `the snapshot ${file} is of the id "${manifest.id}", not "${id}"`, {
    hint: `Nothing was changed. Give --id ${manifest.id}, also when you start k3v; or --any-id, to run it as "${id}".`,
  });
}

async function layReady(folder: string, { path, mode }: SnapshotFile, chunks: AsyncIterable<Buffer>): Promise<void> {
  const target = join(folder, path);
  await makeFolder(dirname(target), 0o700);
  const handle = await open(target, 'wx', mode);
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
