import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import { ifMissing } from '../if-missing.ts';
import { readSnapshot } from './read-snapshot.ts';
import { snapshotFolder, snapshotName } from './snapshot-place.ts';

/** One file among the snapshots of a data directory. */
export interface ListedSnapshot {
  name: string;
  file: string;
  /** Bytes. */
  size: number;
  /** Of one that cannot be read, unknown. */
  takenAt: string | undefined;
  id: string | undefined;
  distro: string | undefined;
  kubernetes: string | undefined;
  /** Whether every checksum holds. */
  whole: boolean;
  /** Why it cannot be restored. */
  problem: string | undefined;
}

/** Returns the snapshots in the data directory by name, each read to its end and checked. */
export async function listSnapshots(dataDir: string): Promise<ListedSnapshot[]> {
  const folder = snapshotFolder(dataDir);
  const files = await readdir(folder).catch(ifMissing([]));
  const listed: ListedSnapshot[] = [];
  for (const base of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    const name = snapshotName(base);
    if (name === undefined) continue;
    const file = join(folder, base);
    const { size } = await stat(file);
    const { manifest, problem } = await tryRead(file);
    const { takenAt, id, distro, kubernetes } = manifest ?? {};
    listed.push({ name, file, size, takenAt, id, distro, kubernetes, whole: manifest !== undefined, problem });
  }
  return listed;
}

async function tryRead(file: string) {
  try {
    return { manifest: await readSnapshot(file), problem: undefined };
  } catch (error) {
    if (error instanceof K3vError) return { manifest: undefined, problem: error.message };
    throw error;
  }
}
