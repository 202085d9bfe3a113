import { join } from 'node:path';
import { fileExists } from '../../src/file-exists.ts';
import { readLock } from '../release/npm-packages.ts';
import { licencesIn } from './licence-files.ts';
import type { Licensed } from './licensed.ts';

/** Returns the npm packages that k3v runs with, from the node_modules of the repository at `root`. What a package was made from, as LevelDB, has its texts below it. */
export async function npmLicences(root: string): Promise<Licensed[]> {
  const found: Licensed[] = [];
  for (const { name, version, licence, isDev, isOptional, path } of readLock(root)) {
    const folder = join(root, path);
    if (isDev || (isOptional && !(await fileExists(folder)))) continue;
    found.push({ name: `${name} ${version}`, licence, texts: await licencesIn(folder, true) });
  }
  return found;
}
