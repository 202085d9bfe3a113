import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '../../src/version.ts';
import { sha256OfFile } from '../sha256-of-file.ts';
import { formulaFiles, homebrewFormula } from './homebrew-formula.ts';

/** Stands in `deploy/install.*` for the address of the releases. */
const placeholder = '@RELEASES@';
const scripts = ['install.sh', 'install.ps1'];

/**
 * Writes into `dist` what a release has beside the files of k3v that lie there: the bill of materials `bom`, the install scripts and the Homebrew formula, which know
 * `releases`, and last `checksums.txt` with the SHA-256 of each file, as `sha256sum --check` reads it. Rejects if a file for one of the formula's
 * systems is missing.
 */
export async function writeReleaseFiles(
  dist: string,
  { releases, deploy, bom }: { releases: string; deploy: string; bom: string },
) {
  const address = releases.replace(/\/+$/, '');
  if (!address.startsWith('https://'))
    throw new Error(`the address of the releases is "${releases}": give one that begins with https://`);
  for (const script of scripts) {
    const text = await readFile(join(deploy, script), 'utf8');
    await writeFile(join(dist, script), text.replace(placeholder, address), { mode: 0o755 });
  }
  const sums = Object.fromEntries(
    await Promise.all(formulaFiles.map(async (file) => [file, await sha256OfFile(join(dist, file))])),
  );
  await writeFile(join(dist, 'k3v.rb'), homebrewFormula({ version, releases: address, sums }));
  await writeFile(join(dist, 'k3v.cdx.json'), bom);
  const files = (await readdir(dist)).filter((file) => file !== 'checksums.txt').toSorted();
  const lines = await Promise.all(files.map(async (file) => `${await sha256OfFile(join(dist, file))}  ${file}\n`));
  await writeFile(join(dist, 'checksums.txt'), lines.join(''));
}
