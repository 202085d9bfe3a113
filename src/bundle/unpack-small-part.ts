import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertExecutable, brokenBundle, unpackError } from './bundle-errors.ts';
import type { Bundle, BundledPart } from './bundle.ts';
import { readPart } from './read-part.ts';
import { partFolder } from './unpack-part.ts';

/**
 * Returns the path of the only file of the part, where parts came unpacked or unpacked at once: for what has to be there before anything can be waited for, as an addon
 * that a module loads. Throws K3vError like `unpackPart` rejects.
 */
export function unpackSmallPart(bundle: Bundle, part: BundledPart, cacheDir: string): string {
  const [file] = part.files;
  if (file === undefined) throw brokenBundle(bundle.file, `carries nothing of ${part.name}`);
  const isWhole = (path: string) => statSync(path, { throwIfNoEntry: false })?.size === file.size;
  const given = bundle.unpacked && join(partFolder(bundle.unpacked, part), file.name);
  if (given && isWhole(given)) return given;
  const folder = partFolder(cacheDir, part);
  const path = join(folder, file.name);
  try {
    if (!isWhole(path)) {
      const content = readPart(bundle, part);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
      try {
        writeFileSync(temporary, content, { mode: file.mode, flush: true });
        renameSync(temporary, path);
      } finally {
        rmSync(temporary, { force: true });
      }
    }
  } catch (error) {
    throw unpackError(error, { file: bundle.file, cacheDir });
  }
  assertExecutable(path, cacheDir);
  return path;
}
