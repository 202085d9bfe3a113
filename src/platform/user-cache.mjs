// In plain JavaScript: bin/k3v asks before it has what spares Node the reading of TypeScript, which lies in there.
import { join, win32 } from 'node:path';

/**
 * Returns the user's folder for what can be had again: `%LOCALAPPDATA%`; elsewhere `$XDG_CACHE_HOME`, else `~/Library/Caches` on macOS and `~/.cache` on
 * other systems. See the XDG Base Directory Specification.
 * @param {NodeJS.Platform} system
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} home
 * @returns {string}
 */
export function userCache(system, env, home) {
  if (system === 'win32') return env['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local');
  return env['XDG_CACHE_HOME'] || (system === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache'));
}
