import { cacheFolder } from '../../src/cache-folder.ts';

/** Returns the folder where k3v keeps what it builds, which test hosts share. */
export function cacheDir(): string {
  return cacheFolder(process.env);
}
