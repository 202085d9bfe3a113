import type { DatabaseSync } from 'node:sqlite';
import { assertSqliteFile } from '../control-plane/sqlite-file.ts';
import { K3vError } from '../errors.ts';
import { fileExists } from '../file-exists.ts';

const busyTimeoutMs = 10_000;
const pagesPerStep = 2000;
const sqliteFull = 13;

/** A database that another process may be writing to, of which one moment can be held fast and copied. */
export interface PinnedDatabase {
  /** Holds this moment fast until `unpin`: a read transaction, which in WAL mode keeps no writer from writing. */
  pin(): void;
  unpin(): void;
  /** Copies the pinned moment into the new file `target`, checks that it is sound, and leaves no `-wal` beside it. `onCopied` gets pages. */
  copyTo(target: string, onCopied: (amount: { done: number; total: number }) => void): Promise<void>;
  close(): void;
}

/** Opens the SQLite database `path`. Rejects with DATA_DIR_EMPTY if there is none, DATABASE_CORRUPT; so do the methods, also with DISK_FULL. */
export async function openPinnedDatabase(path: string): Promise<PinnedDatabase> {
  if (!(await fileExists(path))) {
    throw new K3vError('DATA_DIR_EMPTY', `there is no database at ${path}`, {
      hint: 'Start k3v once, or name its directory with --data-dir.',
    });
  }
  await assertSqliteFile(path);
  const sqlite = loadSqlite();
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw databaseError(path, error);
    }
  };
  // Not read-only: what a killed k3v has left in the WAL could then not be read.
  const database = told(() => new sqlite.DatabaseSync(path, { timeout: busyTimeoutMs }));
  return {
    pin: () =>
      told(() => {
        database.exec('BEGIN');
        // The moment is that of the first read.
        database.prepare('SELECT count(*) FROM sqlite_schema').get();
      }),
    unpin: () => told(() => database.exec('ROLLBACK')),
    async copyTo(target, onCopied) {
      try {
        // Through the connection, and so within its transaction.
        await sqlite.backup(database, target, {
          rate: pagesPerStep,
          progress: ({ totalPages, remainingPages }) =>
            onCopied({ done: totalPages - remainingPages, total: totalPages }),
        });
      } catch (error) {
        throw databaseError(path, error);
      }
      told(() => assertSound(new sqlite.DatabaseSync(target), path));
    },
    close: () => database.close(),
  };
}

function assertSound(copy: DatabaseSync, path: string): void {
  try {
    copy.exec('PRAGMA journal_mode = DELETE');
    const found = copy.prepare('PRAGMA quick_check(1)').get();
    if (found?.['quick_check'] !== 'ok') throw corrupt(path, String(found?.['quick_check']));
  } finally {
    copy.close();
  }
}

/** Returns Node's SQLite, without the notice that it is experimental, which Node 22 gives on loading it and which says nothing to who runs k3v. */
export function loadSqlite(): typeof import('node:sqlite') {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Returns what an error of SQLite about the database `path` means for the operator; any other error as it is. */
export function databaseError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  if (error.errcode === sqliteFull) {
    return new K3vError('DISK_FULL', `no space is left for ${path} or its copy`, {
      hint: 'Free some space.',
      cause: error,
    });
  }
  return corrupt(path, error.message, error);
}

function corrupt(path: string, why: string, cause?: unknown): K3vError {
  return new K3vError('DATABASE_CORRUPT', `${path} cannot be read: ${why}`, {
    hint: 'Restore a snapshot of an earlier time: k3v snapshot list.',
    cause,
  });
}
