import { open } from 'node:fs/promises';

/**
 * Has the disk hold what was made, renamed or removed in `folder`, so that it lasts over a power cut: fsync(2) of a file says nothing about the entry by
 * which it is found. File systems that cannot sync a folder are left alone.
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
