import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where the output of a child goes. A write never throws: a full disk must not end the child or k3v. */
export interface RotatingLog {
  write(chunk: Uint8Array): void;
  close(): void;
}

/**
 * Opens the log file `path` for appending. When it would grow beyond `maxBytes` (default 10 MB) it becomes `path.1`, `path.1`
 * becomes `path.2` and so on, so that at most `maxFiles` (default 3) files exist. Writes are synchronous: they go to the
 * page cache, are rare, and are on the disk's side even if k3v is killed in the next instant.
 */
export function openRotatingLog(path: string, options: { maxBytes?: number; maxFiles?: number } = {}): RotatingLog {
  const { maxBytes = 10 * 1024 * 1024, maxFiles = 3 } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file: number | undefined = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;

  function rotate(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
    for (let index = maxFiles - 1; index >= 1; index--) {
      const from = index === 1 ? path : `${path}.${index - 1}`;
      try {
        renameSync(from, `${path}.${index}`);
      } catch {
        // Not there yet.
      }
    }
    file = openSync(path, maxFiles > 1 ? 'a' : 'w', 0o600);
    size = fstatSync(file).size;
  }

  return {
    write(chunk) {
      if (file === undefined) return;
      try {
        if (size > 0 && size + chunk.length > maxBytes) rotate();
        size += writeSync(file, chunk);
      } catch {
        // The log is a convenience; the child goes on without it.
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
