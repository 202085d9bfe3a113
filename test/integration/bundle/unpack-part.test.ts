import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bundle, BundledPart } from '../../../src/bundle/bundle.ts';
import { partFolder, unpackPart } from '../../../src/bundle/unpack-part.ts';
import { unpackSmallPart } from '../../../src/bundle/unpack-small-part.ts';
import type { Progress } from '../../../src/progress.ts';
import { packBundle } from '../../support/packed-bundle.ts';
import { mountSmallDisk, smallDiskUnavailable } from '../../support/small-disk.ts';

const forever = new AbortController().signal;
const noise = randomBytes(3 << 20);
const contents = { 'kube-apiserver': noise, kine: '#!/bin/sh\necho kine\n', 'kwok-stages.yaml': 'kind: Stage\n' };

let folder: string;
let cacheDir: string;
let bundle: Bundle;
let part: BundledPart;
let steps: string[];
const progress: Progress = {
  step(title) {
    steps.push(title);
    return { update() {}, note() {}, done() {}, fail: () => steps.push('failed') };
  },
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-bundle-'));
  cacheDir = join(folder, 'cache');
  ({ bundle, part } = await packBundle(folder, contents));
  steps = [];
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const unpack = async (signal = forever) => await unpackPart(bundle, part, { cacheDir, progress }, signal);
const unpackAtOnce = async () => unpackSmallPart(bundle, part, cacheDir);

/** What is left in the cache. */
const left = async () => await readdir(join(cacheDir, 'bundle'));

async function alter(at: number): Promise<void> {
  const file = await open(bundle.file, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, bundle.begin + at);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, bundle.begin + at);
  await file.close();
}

describe('what a packaged k3v carries', () => {
  it.each([
    ['', 'kubernetes', unpack],
    [', and at once', 'level', unpackAtOnce],
  ] as const)('is taken from where it came unpacked%s, if it is whole there', async (_, name, unpackIt) => {
    const given = join(folder, 'given');
    if (name === 'level')
      ({ bundle, part } = await packBundle(folder, { 'level.node': 'addon' }, { name, version: '1' }));
    const made = await unpackPart(bundle, part, { cacheDir: given, progress }, forever);
    bundle = { ...bundle, unpacked: given };
    steps = [];
    expect(await unpackIt()).toContain(made);
    expect(steps).toEqual([]);
    await writeFile(join(made, part.files[0]?.name ?? ''), 'cut off');
    expect(await unpackIt()).toContain(cacheDir);
  });

  it('is unpacked once, with a line that says so, into programs that run', async () => {
    const [first, second] = await Promise.all([unpack(), unpack()]);
    expect(first).toBe(second);
    expect(await left()).toEqual([expect.stringMatching(/^kubernetes-[0-9a-f]{16}$/)]);
    expect(await readFile(join(first, 'kube-apiserver'))).toEqual(noise);
    expect((await execa(join(first, 'kine'))).stdout).toBe('kine');
    const { mtimeMs, mode } = await stat(join(first, 'kine'));
    expect(mode & 0o777).toBe(0o700);
    steps = [];
    expect(await unpack()).toBe(first);
    expect((await stat(join(first, 'kine'))).mtimeMs).toBe(mtimeMs);
    expect(steps).toEqual([]);
  });

  it('names what it unpacks', async () => {
    await unpack();
    expect(steps).toEqual(['unpacking kubernetes v1.36.3']);
  });

  it.each([
    ['lost a program', async (at: string) => await rm(at)],
    ['has a program that is cut', async (at: string) => await truncate(at, 5)],
  ])('is unpacked again where the cache %s', async (_, spoil) => {
    const unpacked = await unpack();
    await spoil(join(unpacked, 'kine'));
    await unpack();
    expect(await readFile(join(unpacked, 'kine'), 'utf8')).toBe(contents.kine);
  });

  it('leaves what an older k3v has unpacked, and does not use it', async () => {
    const older = await unpack();
    await writeFile(join(older, 'kine'), '#!/bin/sh\necho old \n');
    await mkdir(join(folder, 'newer'));
    ({ bundle, part } = await packBundle(join(folder, 'newer'), { ...contents, kine: '#!/bin/sh\necho new \n' }));
    const newer = await unpack();
    expect(newer).not.toBe(older);
    expect((await execa(join(newer, 'kine'))).stdout).toBe('new');
    expect((await execa(join(older, 'kine'))).stdout).toBe('old');
  });

  it('takes up what a k3v that was killed has left half-unpacked', async () => {
    await mkdir(`${partFolder(cacheDir, part)}.unfinished`, { recursive: true });
    await writeFile(join(`${partFolder(cacheDir, part)}.unfinished`, 'kine'), 'half');
    expect(await readFile(join(await unpack(), 'kine'), 'utf8')).toBe(contents.kine);
  });

  it('is not unpacked any more when the start is interrupted', async () => {
    const reason = new Error('interrupted');
    const ending = new AbortController();
    const unpacking = unpack(ending.signal);
    ending.abort(reason);
    await expect(unpacking).rejects.toBe(reason);
    expect(await left()).toEqual([]);
  });
});

describe.each([
  ['unpacked as a stream', unpack],
  ['unpacked at once', unpackAtOnce],
])('a packaged k3v that is not as it was made, %s', (_, unpackIt) => {
  const nothing = async () => expect(await left().catch(() => [])).toEqual([]);

  it('is said to be cut off, and nothing is left behind', async () => {
    await truncate(bundle.file, bundle.begin + part.length - 10);
    await expect(unpackIt()).rejects.toMatchObject({
      code: 'BUNDLE_BROKEN',
      message: `${bundle.file} is cut off: 10 bytes are missing`,
    });
    await nothing();
  });

  it.each(['first', 'middle', 'last'])('is said to be damaged where the %s byte is another', async (which) => {
    await alter({ first: 0, middle: part.length >> 1, last: part.length - 1 }[which] ?? 0);
    await expect(unpackIt()).rejects.toMatchObject({
      code: 'BUNDLE_BROKEN',
      message: `${bundle.file} is damaged: what it carries of kubernetes does not have its checksum`,
      hint: 'Copy or download it again, and compare its checksum.',
    });
    await nothing();
  });

  it('is told apart from a cache directory that cannot be written', async () => {
    await writeFile(cacheDir, 'a file');
    await expect(unpackIt()).rejects.toMatchObject({
      code: 'CACHE_NOT_WRITABLE',
      hint: expect.stringContaining('XDG_CACHE_HOME'),
    });
  });
});

const unavailable = smallDiskUnavailable();
const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
describe.skipIf(unavailable !== undefined)(`a cache directory on a disk of its own${reason}`, () => {
  it('is said to be too small before anything is written', async () => {
    const disk = await mountSmallDisk(2);
    cacheDir = disk.folder;
    try {
      await expect(unpack()).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: `kubernetes v1.36.3 needs 4 MB in ${join(cacheDir, 'bundle')}, and 3 MB are free`,
      });
      expect(await left()).toEqual([]);
      await expect(unpackAtOnce()).rejects.toMatchObject({ code: 'DISK_FULL' });
    } finally {
      await disk.remove();
    }
  });

  it('is said to be noexec where programs cannot be run from it', async () => {
    const disk = await mountSmallDisk(10);
    cacheDir = disk.folder;
    try {
      await execa('mount', ['-o', 'remount,noexec', disk.folder]);
      const wanted = {
        code: 'CACHE_NOT_EXECUTABLE',
        message: `programs cannot be run from ${cacheDir}: it is mounted noexec`,
        hint: expect.stringContaining('XDG_CACHE_HOME'),
      };
      await expect(unpack()).rejects.toMatchObject(wanted);
      await expect(unpackAtOnce()).rejects.toMatchObject(wanted);
    } finally {
      await disk.remove();
    }
  });
});
