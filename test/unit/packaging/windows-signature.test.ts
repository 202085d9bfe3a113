import { expect, it } from 'vitest';
import { withoutWindowsSignature } from '../../../packaging/binary/windows-signature.ts';

/** A PE32+ file of 1000 bytes with a signature behind them. */
function signed(): Buffer {
  const file = Buffer.alloc(1100, 7);
  file.write('MZ', 'latin1');
  file.writeUInt32LE(128, 0x3c);
  file.write('PE\0\0', 128, 'latin1');
  file.writeUInt16LE(0x20b, 152);
  file.writeUInt32LE(1000, 152 + 144);
  file.writeUInt32LE(100, 152 + 148);
  return file;
}

it('takes the signature off a Windows program, and the entry that leads to it', () => {
  const unsigned = withoutWindowsSignature(signed());
  expect(unsigned).toHaveLength(1000);
  expect(unsigned.subarray(152 + 144, 152 + 152)).toEqual(Buffer.alloc(8));
  expect(unsigned.readUInt32LE(152 + 64)).toBe(0);
  expect(unsigned.subarray(400)).toEqual(signed().subarray(400, 1000));
});

it('leaves one without a signature as it is', () => {
  const unsigned = withoutWindowsSignature(signed());
  expect(withoutWindowsSignature(unsigned)).toEqual(unsigned);
});

it('refuses what is no 64-bit Windows program', () => {
  expect(() => withoutWindowsSignature(Buffer.from('#!/bin/sh'))).toThrow('not a Windows program');
  const other = signed();
  other.writeUInt16LE(0x10b, 152);
  expect(() => withoutWindowsSignature(other)).toThrow('not a 64-bit Windows program');
});
