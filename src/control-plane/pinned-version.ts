import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import { moduleDirectory } from './module-directory.ts';

/**
 * Returns the version of the Go module `path` that `distro/<name>/go.mod` pins, for example `v1.36.3`.
 * Rejects with K3vError `BUILD_FAILED` or `DISTRO_UNAVAILABLE`.
 */
export async function pinnedVersion(name: string, path: string): Promise<string> {
  const text = await readFile(join(await moduleDirectory(name), 'go.mod'), 'utf8');
  const line = text.split('\n').find((candidate) => candidate.replace('require ', '').trim().startsWith(`${path} v`));
  const found = line?.match(/ (v\S+)/)?.[1];
  if (found === undefined) throw new K3vError('BUILD_FAILED', `distro/${name}/go.mod does not pin ${path}`);
  return found;
}
