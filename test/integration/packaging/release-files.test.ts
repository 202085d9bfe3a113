import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formulaFiles } from '../../../packaging/release/homebrew-formula.ts';
import { writeReleaseFiles } from '../../../packaging/release/release-files.ts';
import { version } from '../../../src/version.ts';

const deploy = join(import.meta.dirname, '../../../deploy');
const releases = 'https://example.com/k3v/releases';
const bom = '{"bomFormat":"CycloneDX"}\n';
let dist: string;

beforeEach(async () => {
  dist = await mkdtemp(join(tmpdir(), 'k3v-release-'));
  for (const file of [...formulaFiles, 'k3v-win-x64.exe']) await writeFile(join(dist, file), `this is ${file}`);
});
afterEach(async () => await rm(dist, { recursive: true }));

const textOf = async (file: string) => await readFile(join(dist, file), 'utf8');

describe('the files of a release', () => {
  it('have their sums in checksums.txt, which sha256sum finds right and a changed file wrong', async () => {
    await writeReleaseFiles(dist, { releases, deploy, bom });
    const check = async () => await execa('sha256sum', ['--check', 'checksums.txt'], { cwd: dist, reject: false });
    const all = (await readdir(dist)).filter((file) => file !== 'checksums.txt');
    expect((await check()).stdout.split('\n').toSorted()).toEqual(all.map((file) => `${file}: OK`).toSorted());
    await writeFile(join(dist, 'k3v-linux-x64'), 'something else');
    expect((await check()).stdout).toContain('k3v-linux-x64: FAILED');
  });

  it('are the same when they are written again', async () => {
    await writeReleaseFiles(dist, { releases, deploy, bom });
    const before = await textOf('checksums.txt');
    await writeReleaseFiles(dist, { releases: `${releases}/`, deploy, bom });
    expect(await textOf('checksums.txt')).toBe(before);
  });

  it('are the bill of materials', async () => {
    await writeReleaseFiles(dist, { releases, deploy, bom });
    expect(await textOf('k3v.cdx.json')).toBe(bom);
  });

  it('are install scripts that know where they were released', async () => {
    await writeReleaseFiles(dist, { releases, deploy, bom });
    expect(await textOf('install.sh')).toContain(`releases="\${K3V_RELEASES:-${releases}}"`);
    expect(await textOf('install.ps1')).toContain(`else { '${releases}' }`);
  });

  it('are a formula that names each file of its systems, with its sum', async () => {
    await writeReleaseFiles(dist, { releases, deploy, bom });
    const formula = await textOf('k3v.rb');
    expect(formula).toContain('bin.install_symlink "k3v" => "k3k"');
    const sums = new Map(
      (await textOf('checksums.txt')).split('\n').map((line) => line.split('  ').toReversed() as [string, string]),
    );
    for (const file of formulaFiles) {
      expect(formula).toContain(`url "${releases}/download/v${version}/${file}"\n      sha256 "${sums.get(file)}"`);
    }
  });

  it('are not written where a file is missing, or to a plain address', async () => {
    await rm(join(dist, 'k3v-macos-arm64'));
    await expect(writeReleaseFiles(dist, { releases, deploy, bom })).rejects.toThrow('k3v-macos-arm64');
    await expect(writeReleaseFiles(dist, { releases: 'http://example.com', deploy, bom })).rejects.toThrow('https://');
  });
});
