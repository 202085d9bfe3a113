import { dirname, join } from 'node:path';
import { K3vError } from '../errors.ts';
import { fileExists } from '../file-exists.ts';

/**
 * Returns the folder `distro/<name>` that holds a go.mod: looked for beside this file and upwards, so that it is found from the source
 * tree and from a bundle alike. Rejects with K3vError `DISTRO_UNAVAILABLE`.
 */
export async function moduleDirectory(name: string): Promise<string> {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'distro', name);
    if (await fileExists(join(candidate, 'go.mod'))) return candidate;
    if (folder === dirname(folder)) break;
  }
  throw new K3vError('DISTRO_UNAVAILABLE', `this installation of k3v has no distro/${name} folder to build from`, {
    hint: 'Use --distro k3s, or run k3v from its source tree.',
  });
}
