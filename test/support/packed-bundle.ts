import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle, BundledPart } from '../../src/bundle/bundle.ts';
import { compressPart, placeParts } from '../../packaging/binary/compress-part.ts';

/** Bytes of the stand-in for the program itself. */
const begin = 1000;

/** Returns a file in `folder` that carries `contents`, by file name, as one part, as `npm run package` appends it to a program. */
export async function packBundle(
  folder: string,
  contents: Record<string, string | Buffer>,
  { name, version }: Pick<BundledPart, 'name' | 'version'> = { name: 'kubernetes', version: 'v1.36.3' },
): Promise<{ bundle: Bundle; part: BundledPart }> {
  const files = await Promise.all(
    Object.entries(contents).map(async ([entry, content]) => {
      const path = join(folder, entry);
      await writeFile(path, content);
      return { path, mode: 0o700 };
    }),
  );
  const compressed = await compressPart({ name, version }, files, join(folder, 'part.zst'));
  const [part] = placeParts([compressed]);
  if (part === undefined) throw new Error('no part');
  const file = join(folder, 'k3v');
  await writeFile(file, Buffer.concat([Buffer.alloc(begin), await readFile(compressed.path)]));
  return { bundle: { file, target: 'linux-x64', begin, parts: [part] }, part };
}
