import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDistroRecord } from '../control-plane/distro-record.ts';
import { K3vError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { makeFolder } from '../make-folder.ts';
import { type Progress, within } from '../progress.ts';
import { clusterIdKey } from '../state/cluster-id.ts';
import { openLevelStore } from '../state/level-store.ts';
import { version } from '../version.ts';
import { controlPlaneFiles, databaseOf } from './control-plane-files.ts';
import { openPinnedDatabase } from './pinned-database.ts';
import { isRestoreUnfinished } from './pending-restore.ts';
import { compactTime, snapshotFolder, snapshotPlace, defaultSnapshotName } from './snapshot-place.ts';
import { type SnapshotManifest, snapshotFormat, stateFile } from './snapshot-manifest.ts';
import { exportState } from './snapshot-state.ts';
import { copyStateAtRest } from './state-at-rest.ts';
import { type SnapshotSource, writeSnapshot } from './write-snapshot.ts';

/** A snapshot that lies on the disk. */
export interface SavedSnapshot {
  file: string;
  /** Bytes. */
  size: number;
  manifest: SnapshotManifest;
}

interface SaveOptions {
  dataDir: string;
  /** Name or path; default: id and time, in the data directory. */
  target: string | undefined;
  /** Of the virtual cluster, where the data directory does not say it. */
  id: string;
  log: Logger;
  progress: Progress;
}

/**
 * Saves the virtual cluster in `dataDir`, whether k3v runs on it or not, into one file. Database and state are those of one and the same moment; keys are
 * read after it, as they change only when certificates are issued anew, and one that does not fit its key is issued anew at a start.
 * Rejects with DATA_DIR_EMPTY, DATA_DIR_LOCKED (a restore was not finished), SNAPSHOT_EXISTS, DATABASE_CORRUPT, STATE_BUSY, DISK_FULL, or the system's error.
 */
export async function saveSnapshot({ dataDir, target, id, log, progress }: SaveOptions): Promise<SavedSnapshot> {
  if (await isRestoreUnfinished(dataDir)) {
    throw new K3vError('DATA_DIR_LOCKED', `a restore into ${dataDir} is under way, or was interrupted`, {
      hint: 'If none is running, start k3v: it finishes the restore.',
    });
  }
  const record = await readDistroRecord(dataDir);
  if (!record) {
    throw new K3vError('DATA_DIR_EMPTY', `${dataDir} holds no virtual cluster`, {
      hint: 'Start k3v once, or name its directory with --data-dir.',
    });
  }
  const databasePath = databaseOf[record.distro];
  const database = await openPinnedDatabase(join(dataDir, databasePath));
  await makeFolder(snapshotFolder(dataDir), 0o700);
  const work = await mkdtemp(join(snapshotFolder(dataDir), '.saving-'));
  try {
    const copying = progress.step('copying the database');
    const stateCopy = join(work, 'state');
    await copyStateAtRest(join(dataDir, 'state'), stateCopy, database);
    const takenAt = new Date();
    const databaseCopy = join(work, 'database');
    await within(copying, () =>
      database.copyTo(databaseCopy, (amount) => copying.update({ ...amount, unit: 'items' })),
    );
    const store = await openLevelStore(stateCopy, () => log.warn('the state was damaged and is left out'));
    const entries = await exportState(store);
    await store.close();
    copying.done();

    const sources: SnapshotSource[] = [
      ...(await controlPlaneFiles(dataDir, record.distro)),
      { path: stateFile, mode: 0o600, content: Buffer.from(JSON.stringify(entries)) },
      { path: databasePath, mode: 0o600, content: { file: databaseCopy } },
    ];
    const recordedId = entries.find(([key]) => key === clusterIdKey)?.[1];
    const about = {
      format: snapshotFormat,
      k3v: version,
      id: typeof recordedId === 'string' ? recordedId : id,
      distro: record.distro,
      kubernetes: record.version,
      takenAt: takenAt.toISOString(),
    };
    const file = snapshotPlace(dataDir, target ?? defaultSnapshotName(about.id, takenAt));
    const writing = progress.step('writing the snapshot');
    const manifest = await within(writing, () =>
      writeSnapshot(file, about, sources, (amount) => writing.update({ ...amount, unit: 'bytes' })),
    );
    writing.done(compactTime(takenAt));
    return { file, size: (await stat(file)).size, manifest };
  } finally {
    database.close();
    await rm(work, { recursive: true, force: true });
  }
}
