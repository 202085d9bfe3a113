import { realpath } from 'node:fs/promises';
import { execa } from 'execa';
import type { ImageEntry } from '../../packaging/image/image-archive.ts';

/** Returns programs of this machine for an image, each at the path that is its key, and all libraries that they load. Values: paths, or names that the shell finds. */
export async function machinePrograms(programs: Readonly<Record<string, string>>): Promise<ImageEntry[]> {
  const files = new Map<string, string>();
  for (const [path, name] of Object.entries(programs)) {
    const program = await realpath((await execa('sh', ['-c', 'command -v "$0"', name])).stdout);
    files.set(path, program);
    const { stdout } = await execa('ldd', [program], { reject: false });
    for (const library of stdout.match(/(?<==> |^\t)\/\S+/gm) ?? []) {
      files.set(library.slice(1), library);
    }
  }
  return [...files].map(([path, file]) => ({ path, file }));
}
