import { open } from 'node:fs/promises';
import { K3vError } from '../errors.ts';
import { ifMissing } from '../if-missing.ts';

/** The first 16 bytes of every SQLite database: https://www.sqlite.org/fileformat.html#the_database_header. */
const magic = Buffer.from('SQLite format 3\0');

/** Rejects with K3vError `DATABASE_CORRUPT` when `path` holds something else than a SQLite database. A missing or empty file is fine. */
export async function assertSqliteFile(path: string): Promise<void> {
  const file = await open(path, 'r').catch(ifMissing(undefined));
  if (!file) return;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    if (bytesRead === 0 || buffer.equals(magic)) return;
  } finally {
    await file.close();
  }
  throw new K3vError('DATABASE_CORRUPT', `${path} is not a SQLite database`, {
    hint: 'Restore the data directory from a backup, or start with a new one.',
  });
}
