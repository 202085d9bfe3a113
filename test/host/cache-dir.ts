import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the folder where k3v keeps what it builds, which test hosts share. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'k3v');
}
