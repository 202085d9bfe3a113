import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataDirError } from './control-plane/data-dir-error.ts';
import { K3vError } from './errors.ts';
import type { Logger } from './log.ts';
import { makeFolder } from './make-folder.ts';
import { migrateDataDir } from './migrate-data-dir.ts';
import { finishRestore } from './snapshot/pending-restore.ts';
import { openLevelStore } from './state/level-store.ts';
import type { StateStore } from './state/store.ts';
import { removeHalfWritten } from './write-file-atomically.ts';

/**
 * Makes the data directory if need be, and opens its state, whose lock keeps a second k3v off all that lies there: to be done
 * before anything else touches it. Finishes a restore that was interrupted, and brings the directory of an older k3v to the layout of this one, unless it `isReplaced`. Rejects with DATA_DIR_NOT_WRITABLE, DATA_DIR_LOCKED, DATA_DIR_NEWER or DISK_FULL.
 */
export async function openDataDir(dataDir: string, log: Logger, { isReplaced = false } = {}): Promise<StateStore> {
  try {
    await makeFolder(dataDir, 0o700);
    const probe = join(dataDir, '.writable');
    await writeFile(probe, '', { mode: 0o600 });
    await rm(probe);
  } catch (error) {
    throw (
      dataDirError(error, dataDir) ??
      new K3vError(
        'DATA_DIR_NOT_WRITABLE',
        `the data directory ${dataDir} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        {
          hint: 'Choose another with --data-dir, or change its owner.',
          cause: error,
        },
      )
    );
  }
  const store = await openLevelStore(join(dataDir, 'state'), (movedTo) =>
    log.warn({ movedTo }, 'the state was damaged and is built anew'),
  );
  try {
    for (const folder of ['.', 'pki', 'control-plane', 'control-plane/run'])
      await removeHalfWritten(join(dataDir, folder));
    const aside = await finishRestore(dataDir, store);
    if (aside !== undefined) log.warn({ before: aside }, 'finished a restore that was interrupted');
    // Whatever is to be replaced whole, by a snapshot, may be of any layout.
    if (!isReplaced) await migrateDataDir({ dataDir, store, log });
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
