import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleOf } from '../../../packaging/binary/bundle-of.ts';
import { goLicences } from '../../../packaging/licences/go-licences.ts';
import { npmLicences } from '../../../packaging/licences/npm-licences.ts';
import { showLicences } from '../../../src/show-licences.ts';
import { packFile } from '../../support/packed-file.ts';

const root = join(import.meta.dirname, '../../..');

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'k3v-licences-'));
});
afterAll(async () => await rm(work, { recursive: true }));

describe('what is passed on with k3v', () => {
  it('of npm has its licence, each package, with what is compiled into LevelDB', async () => {
    const all = await npmLicences(root);
    expect(all.filter(({ texts }) => texts.join('').trim() === '')).toEqual([]);
    const level = all.find(({ name }) => name.startsWith('classic-level '))?.texts.join('\n');
    expect(level).toContain('The LevelDB Authors');
    expect(level).toMatch(/Copyright 2011, Google Inc/);
  });

  it.each([
    { platform: 'linux', arch: 'arm64' },
    { platform: 'win32', arch: 'x64' },
  ] as const)('of Go has its licence, each module that is built for $platform', async (target) => {
    const all = await goLicences(target);
    expect(all.filter(({ texts }) => texts.join('').trim() === '')).toEqual([]);
    const names = all.map(({ name }) => name.split(' v')[0]);
    expect(names).toEqual(expect.arrayContaining(['k8s.io/kubernetes', 'modernc.org/sqlite', 'sigs.k8s.io/kwok']));
    expect(names.includes('github.com/Microsoft/go-winio')).toBe(target.platform === 'win32');
    expect(all[0]?.name).toMatch(/^Go's standard library go1\./);
  });
});

describe('k3v licenses', () => {
  it('prints what the packaged file carries', async () => {
    const file = join(work, 'k3v');
    await packFile(file, 'linux-x64', { level: 'an addon', licences: 'MIT and others\n' });
    const bundle = await bundleOf(file);
    expect(bundle.parts.map(({ name }) => name)).toEqual(['level', 'licences']);
    expect(showLicences(bundle)).toBe('MIT and others\n');
  });

  it('says of a file that is altered that it is', async () => {
    const file = join(work, 'altered');
    await packFile(file, 'linux-x64', { licences: 'MIT and others\n' });
    const content = await readFile(file);
    await writeFile(file, Buffer.concat([content.subarray(0, -1), Buffer.from('?')]));
    const bundle = await bundleOf(file);
    expect(() => showLicences(bundle)).toThrow('is damaged: what it carries of licences does not have its checksum');
    expect(() => showLicences({ ...bundle, parts: [] })).toThrow('carries no licences');
  });

  it('prints that of k3v in the source tree, and where the others lie', async () => {
    const text = showLicences(undefined);
    expect(text).toContain(await readFile(join(root, 'LICENSE'), 'utf8').then((own) => own.trim()));
    expect(text).toContain('docs/licences.md');
  });

  it('is not to be had of what is no packaged file', async () => {
    await writeFile(join(work, 'other'), 'something else');
    await expect(bundleOf(join(work, 'other'))).rejects.toThrow('is no packaged k3v');
  });
});
