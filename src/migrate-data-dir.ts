import { dirname, join } from 'node:path';
import { dataDirError } from './control-plane/data-dir-error.ts';
import { readDistroRecord } from './control-plane/distro-record.ts';
import { listBackups, makeBackup } from './data-dir-backup.ts';
import { K3vError } from './errors.ts';
import { fileExists } from './file-exists.ts';
import type { Logger } from './log.ts';
import { makeFolder } from './make-folder.ts';
import { databaseOf } from './snapshot/control-plane-files.ts';
import { changeDatabase, databaseVersion } from './snapshot/change-database.ts';
import { openPinnedDatabase } from './snapshot/pinned-database.ts';
import { allEntries } from './snapshot/snapshot-state.ts';
import { copyStateAtRest } from './snapshot/state-at-rest.ts';
import { type Migration, migrations as allMigrations } from './state/migrations.ts';
import { readSchema, schemaChange } from './state/schema.ts';
import type { StateStore } from './state/store.ts';

interface MigrateOptions {
  dataDir: string;
  /** Open, so that nobody else works on the data directory. */
  store: StateStore;
  log: Logger;
  /** Default: all there are. */
  migrations?: readonly Migration[];
}

/**
 * Brings a data directory to the layout that this k3v writes: first a backup of what will change, then one step after the other, each of which happens
 * wholly or not at all. A crash at any moment leaves the layout of one of the steps, from which the next start goes on. Rejects with DATA_DIR_NEWER or DISK_FULL; then nothing is changed but by the steps that
 * are done.
 */
export async function migrateDataDir({
  dataDir,
  store,
  log,
  migrations = allMigrations,
}: MigrateOptions): Promise<void> {
  const latest = migrations.at(-1)?.to ?? 1;
  const database = await ownDatabase(dataDir);
  const found = await readSchema(store);
  const everChangesDatabase = migrations.some((each) => each.database);
  if (found === latest) {
    // Of a database that was made in this layout, for the day when the state is lost.
    if (database && everChangesDatabase) await changeDatabase(database.file, latest, () => {});
    return;
  }
  if (found !== undefined && !(typeof found === 'number' && found < latest)) {
    throw await newerDataDir(dataDir, found, latest);
  }
  // A state without a number is new, or anew where the old one was lost: then only the database may have a past, and knows it itself.
  const due = migrations.filter(({ to }) => found === undefined || to > found);
  const changesDatabase = database !== undefined && due.some((each) => each.database);
  try {
    // Where the database is ahead a crash came in between: what is there now is neither the old nor the new, and the backup has been made.
    const isUnderWay = changesDatabase && (await databaseVersion(database.file)) > (found ?? 0);
    if (!isUnderWay && (found !== undefined || changesDatabase)) {
      const backup = await makeBackup(dataDir, {
        schema: found ?? 1,
        now: new Date(),
        fill: async (folder) => {
          await copyStateAtRest(join(dataDir, 'state'), join(folder, 'state'), { pin() {}, unpin() {} });
          if (changesDatabase) await copyDatabase(database, folder);
        },
      });
      log.info({ from: found, to: latest, backup: backup.folder }, 'migrating the data directory');
    }
    for (const { to, about, state, database: change } of due) {
      if (change && database) await changeDatabase(database.file, to, change);
      const changes = state && found !== undefined ? state(await allEntries(store)) : [];
      await store.batch([...changes, schemaChange(to)]);
      if (found !== undefined) log.info({ to, about, entries: changes.length }, 'migrated the data directory');
    }
    if (due.length === 0) await store.batch([schemaChange(latest)]);
  } catch (error) {
    throw dataDirError(error, dataDir) ?? error;
  }
}

interface OwnDatabase {
  file: string;
  /** From the data directory. */
  path: string;
}

/** Returns the database of the control plane; undefined while there is none. */
async function ownDatabase(dataDir: string): Promise<OwnDatabase | undefined> {
  const record = await readDistroRecord(dataDir);
  const path = record && databaseOf[record.distro];
  return path && (await fileExists(join(dataDir, path))) ? { file: join(dataDir, path), path } : undefined;
}

async function copyDatabase({ file, path }: OwnDatabase, folder: string): Promise<void> {
  const target = join(folder, path);
  await makeFolder(dirname(target), 0o700);
  const database = await openPinnedDatabase(file);
  try {
    database.pin();
    await database.copyTo(target, () => {});
    database.unpin();
  } finally {
    database.close();
  }
}

async function newerDataDir(dataDir: string, found: unknown, latest: number): Promise<K3vError> {
  const message = `the state has schema ${JSON.stringify(found)}; this k3v knows ${latest}`;
  const backup = (await listBackups(dataDir)).find(({ schema }) => schema <= latest);
  const goBack = backup
    ? ` To go back to what was there before it, put the contents of ${backup.folder} in the place of what has the same names in ${dataDir}.`
    : '';
  return new K3vError('DATA_DIR_NEWER', message, {
    hint: `Run the newer k3v, or choose another --data-dir.${goBack}`,
  });
}
