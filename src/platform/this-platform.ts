import type { Platform } from './platform.ts';
import { linux, macos, posix } from './posix.ts';
import { windows } from './windows.ts';

/** Returns what is true on an operating system, by Node's name for it. */
export function platformOf(name: NodeJS.Platform): Platform {
  switch (name) {
    case 'win32':
      return windows;
    case 'darwin':
      return macos;
    case 'linux':
      return linux;
    default:
      return posix;
  }
}

/** The one that this process runs on. */
export const platform: Platform = platformOf(process.platform);
