import { mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { appendParts } from '../../packaging/binary/append-parts.ts';
import { unknownBegin } from '../../packaging/binary/bundle-script.ts';
import { compressPart, placeParts } from '../../packaging/binary/compress-part.ts';
import type { BundledPart } from '../../src/bundle/bundle.ts';

/** Makes `file` as `npm run package` does, with a stand-in for the script, and a part of one file for each text in `parts`. */
export async function packFile(file: string, target: string, parts: Partial<Record<BundledPart['name'], string>>) {
  const work = await mkdtemp(join(dirname(file), 'parts-'));
  const made = await Promise.all(
    Object.entries(parts).map(async ([name, text]) => {
      const path = join(work, name);
      await writeFile(path, text);
      const part = { name: name as BundledPart['name'], version: '1.0.0' };
      return await compressPart(part, [{ path, mode: 0o600 }], `${path}.zst`);
    }),
  );
  const bundle = JSON.stringify({ target, parts: placeParts(made) });
  await writeFile(file, `const bundle = JSON.parse('${bundle}'), begin = '${unknownBegin}';\n`);
  await appendParts(
    file,
    made.map(({ path }) => path),
  );
}
