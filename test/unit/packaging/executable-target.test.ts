import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { executableTarget, targetsOf } from '../../../packaging/binary/executable-target.ts';
import { targets } from '../../../packaging/binary/targets.ts';

const level = dirname(createRequire(import.meta.resolve('level')).resolve('classic-level/package.json'));

function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
}

function machO(cpu: number): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0xfeedfacf);
  header.writeUInt32LE(cpu, 4);
  return header;
}

function pe(machine: number): Buffer {
  const header = Buffer.alloc(256);
  header.write('MZ', 'latin1');
  header.writeUInt32LE(128, 0x3c);
  header.write('PE\0\0', 128, 'latin1');
  header.writeUInt16LE(machine, 132);
  return header;
}

it.each([
  ['linux-x64', elf(0x3e)],
  ['linux-arm64', elf(0xb7)],
  ['macos-x64', machO(0x01000007)],
  ['macos-arm64', machO(0x0100000c)],
  ['win-x64', pe(0x8664)],
  [undefined, elf(0x28)],
  [undefined, pe(0x14c)],
  [undefined, Buffer.from('#!/bin/sh\n')],
  [undefined, Buffer.alloc(100)],
])('knows a program for %s by its header', (target, header) => {
  expect(executableTarget(header)).toBe(target);
});

it.each(targets)('the LevelDB for $name is for that machine, alone or among others', async ({ name, levelAddon }) => {
  const both = ['macos-x64', 'macos-arm64'];
  const wanted = both.includes(name) ? both : [name];
  expect((await targetsOf(join(level, levelAddon))).toSorted()).toEqual(wanted.toSorted());
});
