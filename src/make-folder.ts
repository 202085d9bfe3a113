import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the folder `path` and those above it, if they are missing. Rejects with the system's error. Node's own recursive mkdir never
 * ends, and cannot be interrupted, below a file system that has no place for new folders and says ENOENT, as /proc does.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Something is there: a folder, also behind a link, is fine; where it is a file, Node says so without going in circles.
    if (code === 'EEXIST') return void (await mkdir(path, { recursive: true, mode }));
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    await mkdir(path, { mode }).catch((again: unknown) => {
      // Another process may have been quicker.
      if (!(again instanceof Error && 'code' in again && again.code === 'EEXIST')) throw again;
    });
  }
}
