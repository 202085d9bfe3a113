import { homedir } from 'node:os';
import { join } from 'node:path';
import { platform } from './platform/this-platform.ts';

/** Returns the folder of this user for what k3v builds, downloads and unpacks; it may not exist yet. */
export function cacheFolder(env: Record<string, string | undefined>): string {
  return join(platform.cacheFolder(env, env['HOME'] || homedir()), 'k3v');
}
