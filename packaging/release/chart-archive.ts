import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';

/** The same input gives the same bytes. */
const tarFlags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];

/**
 * Writes the folder `chart` into `dist` as `helm package` does, with `version` as its own and as that of its image, and, if it is given, `image`, a name
 * with a registry and without a tag, as that image. Resolves with the name of the file. Needs GNU tar.
 */
export async function writeChartArchive(
  dist: string,
  { chart, version, image }: { chart: string; version: string; image: string | undefined },
): Promise<string> {
  const name = basename(chart);
  const work = await mkdtemp(join(tmpdir(), 'k3v-chart-'));
  try {
    const folder = join(work, name);
    await cp(chart, folder, { recursive: true });
    await edit(join(folder, 'Chart.yaml'), /^((?:app)?[vV]ersion): .*$/gm, `$1: ${version}`);
    if (image !== undefined) {
      const [registry = '', ...path] = image.split('/');
      const to = `$1: ${registry}\n$2: ${path.join('/')}`;
      await edit(join(folder, 'values.yaml'), /^( +registry): ""\n( +repository): k3v$/m, to);
    }
    const file = `${name}-${version}.tgz`;
    // Without the time that gzip puts in.
    await execa('tar', [...tarFlags, '-C', work, '-I', 'gzip -n', '-cf', join(dist, file), name]);
    return file;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function edit(file: string, pattern: RegExp, to: string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = before.replace(pattern, to);
  if (!pattern.test(before)) throw new Error(`${file} has nothing like ${pattern}`);
  await writeFile(file, after);
}
