import type { DatabaseSync } from 'node:sqlite';
import { assertSqliteFile } from '../control-plane/sqlite-file.ts';
import { databaseError, loadSqlite } from './pinned-database.ts';

/** Returns the layout that the database `path`, which nobody else may have open, was last changed to; 0 of one that never was. Throws DATABASE_CORRUPT. */
export async function databaseVersion(path: string): Promise<number> {
  return await withDatabase(path, versionOf);
}

/**
 * Has `change` made in the database `path`, which nobody else may have open, in one transaction that also notes `version` there; nothing is done where that or
 * a later one is noted. Throws DATABASE_CORRUPT or DISK_FULL.
 */
export async function changeDatabase(
  path: string,
  version: number,
  change: (database: DatabaseSync) => void,
): Promise<void> {
  await withDatabase(path, (database) => {
    if (versionOf(database) >= version) return;
    database.exec('BEGIN IMMEDIATE');
    change(database);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec('COMMIT');
  });
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

async function withDatabase<T>(path: string, work: (database: DatabaseSync) => T): Promise<T> {
  await assertSqliteFile(path);
  try {
    const database = new (loadSqlite().DatabaseSync)(path);
    try {
      return work(database);
    } finally {
      // Of a transaction that has not come to its end nothing has happened.
      database.close();
    }
  } catch (error) {
    throw databaseError(path, error);
  }
}
