import { mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing } from './if-missing.ts';
import { makeFolder } from './make-folder.ts';
import { compactTime } from './snapshot/snapshot-place.ts';
import { syncFolder } from './sync-folder.ts';

const kept = 3;
const unfinished = '.making-';
const shape = /^\d{8}T\d{6}Z-schema-(\d+)$/;

/** A copy of parts of a data directory, whose files lie as they lay there: to go back, put them in the place of what is there. */
export interface DataDirBackup {
  folder: string;
  /** The layout that it has. */
  schema: number;
}

/**
 * Makes `<dataDir>/backups/<time>-schema-<schema>` with what `fill` puts there. It has that name only when all of it is on the disk; what a crash left
 * half-made is thrown away here. Of the backups of earlier times the newest are kept, three in all.
 */
export async function makeBackup(
  dataDir: string,
  { schema, now, fill }: { schema: number; now: Date; fill: (folder: string) => Promise<void> },
): Promise<DataDirBackup> {
  const backups = backupFolder(dataDir);
  await makeFolder(backups, 0o700);
  await removeUnfinished(backups);
  const making = await mkdtemp(join(backups, unfinished));
  try {
    await fill(making);
    await syncAll(making);
    const folder = join(backups, `${compactTime(now)}-schema-${schema}`);
    // One of the same second is of an attempt that got no further than this.
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
    await syncFolder(backups);
    for (const old of (await listBackups(dataDir)).slice(kept)) await rm(old.folder, { recursive: true, force: true });
    return { folder, schema };
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

/** Returns the backups of a data directory, the newest first. */
export async function listBackups(dataDir: string): Promise<DataDirBackup[]> {
  const names = await readdir(backupFolder(dataDir)).catch(ifMissing<string[]>([]));
  return names
    .toSorted()
    .toReversed()
    .flatMap((name) => {
      const schema = shape.exec(name)?.[1];
      return schema === undefined ? [] : [{ folder: join(backupFolder(dataDir), name), schema: Number(schema) }];
    });
}

function backupFolder(dataDir: string): string {
  return join(dataDir, 'backups');
}

async function removeUnfinished(backups: string): Promise<void> {
  for (const name of await readdir(backups)) {
    if (name.startsWith(unfinished)) await rm(join(backups, name), { recursive: true, force: true });
  }
}

async function syncAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await syncAll(path);
      continue;
    }
    const handle = await open(path, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await syncFolder(folder);
}
