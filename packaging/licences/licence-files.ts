import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names such as `LICENSE`, `LICENSE-MIT.txt`, `SQLITE-LICENSE`, `COPYING` and `NOTICE.md`, and not those of code about licences. */
const pattern =
  /^([\w.]+[-_.])?(un)?(licen[cs]es?|copying|copyright|notices?|patents|third[-_.]?party)([-_.][\w.-]+)?$/i;
const code = /\.(c|cc|cpp|cjs|css|go|h|html|java|jsx?|json|map|mjs|mts|py|rs|sh|tsx?|ya?ml)$/i;

/** Whether a file of that name holds a licence, or what a licence asks to be passed on with it. */
export function isLicenceFile(name: string): boolean {
  return pattern.test(name) && !code.test(name);
}

/** Returns the texts of the licences in `folder`, by name; of the folders below it only where `isDeep`, and never of packages in its node_modules. */
export async function licencesIn(folder: string, isDeep = false): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const texts: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && isLicenceFile(entry.name)) texts.push(await readFile(path, 'utf8'));
    else if (entry.isDirectory() && isDeep && entry.name !== 'node_modules')
      texts.push(...(await licencesIn(path, true)));
  }
  return texts;
}
