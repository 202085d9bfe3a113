import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { executableTarget } from '../../packaging/binary/executable-target.ts';
import { targets } from '../../packaging/binary/targets.ts';
import { checkCodeDirectory } from '../support/macos-code-directory.ts';

const program = join(import.meta.dirname, '../../packaging/binary/package.ts');
const zstdMagic = 0xfd2fb528;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-targets-'));
  // Without a control plane: what is checked here does not depend on it, and to build it for all targets takes long.
  await execa(process.execPath, [program, '--with-distro', 'none', '--output-dir', folder]);
});
afterAll(async () => await rm(folder, { recursive: true }));

it.each(targets)('$output is a program for that machine, and knows where its parts begin', async ({ name, output }) => {
  const content = await readFile(join(folder, output));
  expect(executableTarget(content.subarray(0, 4096))).toBe(name);
  const begins = [...content.toString('latin1').matchAll(/k3v parts begin at:(\d{16})/g)].map(([, at]) => Number(at));
  expect(begins).toHaveLength(1);
  expect(content.readUInt32LE(begins[0])).toBe(zstdMagic);
});

it.each(targets.filter(({ platform }) => platform === 'darwin'))(
  '$output is signed, with what was appended',
  async ({ output }) => {
    const signature = checkCodeDirectory(await readFile(join(folder, output)));
    expect(signature).toEqual({ isAdHoc: true, identifier: 'k3v', isWhole: true, isAtEnd: true });
  },
);

it('k3v-win-x64.exe has no signature, as that of Node would be void', async () => {
  const content = await readFile(join(folder, 'k3v-win-x64.exe'));
  const optionalHeader = content.readUInt32LE(0x3c) + 24;
  expect(content.readBigUInt64LE(optionalHeader + 144)).toBe(0n);
});
