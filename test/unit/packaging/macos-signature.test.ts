import { expect, it } from 'vitest';
import { signAdHoc, withoutMacosSignature } from '../../../packaging/binary/macos-signature.ts';
import { checkCodeDirectory } from '../../support/macos-code-directory.ts';

/** A Mach-O file of 9000 bytes with a text segment, in which a section begins at `sectionAt`, and a link-edit segment. */
function unsigned(sectionAt = 1000): Buffer {
  const file = Buffer.alloc(9000, 5);
  file.fill(0, 0, sectionAt);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(2, 16);
  file.writeUInt32LE(152 + 72, 20);
  segment(32, '__TEXT', { begin: 0, size: 8192, sections: 1 });
  file.writeUInt32LE(sectionAt, 32 + 72 + 48);
  segment(32 + 152, '__LINKEDIT', { begin: 8192, size: 808, sections: 0 });
  return file;

  function segment(at: number, name: string, { begin, size, sections }: Record<'begin' | 'size' | 'sections', number>) {
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(72 + 80 * sections, at + 4);
    file.write(name, at + 8, 'latin1');
    file.writeBigUInt64LE(BigInt(begin), at + 40);
    file.writeBigUInt64LE(BigInt(size), at + 48);
    file.writeUInt32LE(sections, at + 64);
  }
}

const valid = { isAdHoc: true, identifier: 'k3v', isWhole: true, isAtEnd: true };

it('signs a program for macOS ad hoc, every page of it', () => {
  const signed = signAdHoc(unsigned(), 'k3v');
  expect(checkCodeDirectory(signed)).toEqual(valid);
  signed[5000] = 6;
  expect(() => checkCodeDirectory(signed)).toThrow('page 1 is not as signed');
});

it('signs what is appended, too, and can be signed again', () => {
  const once = signAdHoc(unsigned(), 'k3v');
  const twice = signAdHoc(Buffer.concat([withoutMacosSignature(once), Buffer.from('parts')]), 'k3v');
  expect(checkCodeDirectory(twice)).toEqual(valid);
  expect(twice.indexOf('parts')).toBe(9008);
});

it('refuses what it cannot sign', () => {
  expect(() => signAdHoc(Buffer.alloc(100), 'k3v')).toThrow('not a thin 64-bit Mach-O file');
  expect(() => signAdHoc(unsigned(32 + 152 + 72), 'k3v')).toThrow('no room for another load command');
});
