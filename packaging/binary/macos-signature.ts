import { createHash } from 'node:crypto';
import { readMachO, signatureCommand } from './mach-o.ts';

const pageSize = 4096;
const hashSize = 32;
/** Of the code directory of version 0x20400, up to its identifier. */
const directoryHeader = 88;
/** Slots below zero: the requirements (2), and Info.plist (1), which there is not. */
const specialSlots = 2;
const commandSize = 16;

/** An empty set of requirements and an empty CMS signature, which is what makes it an ad hoc one. */
const requirements = Buffer.from('fade0c010000000c00000000', 'hex');
const emptyCms = Buffer.from('fade0b0100000008', 'hex');

/**
 * Returns the thin 64-bit Mach-O `file` with an ad hoc signature over all of it, what was appended included, in the place of any it had.
 * Macs with Apple's processors run nothing without one. It names nobody: Gatekeeper still asks about a file from the network. The layout is that of
 * `cs_blobs.h` in Apple's XNU.
 */
export function signAdHoc(file: Buffer, identifier: string): Buffer {
  const { linkEdit, signatureCommand: found, commandsEnd, firstSection, textSize } = readMachO(file);
  const signed = align(file.byteLength, 16);
  const name = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(signed / pageSize);
  const hashes = directoryHeader + name.byteLength + specialSlots * hashSize;
  const directorySize = hashes + pages * hashSize;
  const blobs = 12 + 3 * 8;
  const total = blobs + directorySize + requirements.byteLength + emptyCms.byteLength;
  const size = align(total, 16);
  const out = Buffer.alloc(signed + size);
  file.copy(out);

  // First what is in the header: its pages are hashed, too.
  const command = found ?? commandsEnd;
  if (found === undefined) {
    if (command + commandSize > firstSection) throw new Error('no room for another load command');
    out.writeUInt32LE(signatureCommand, command);
    out.writeUInt32LE(commandSize, command + 4);
    out.writeUInt32LE(out.readUInt32LE(16) + 1, 16);
    out.writeUInt32LE(out.readUInt32LE(20) + commandSize, 20);
  }
  out.writeUInt32LE(signed, command + 8);
  out.writeUInt32LE(size, command + 12);
  const linkEditSize = out.byteLength - Number(out.readBigUInt64LE(linkEdit + 40));
  out.writeBigUInt64LE(BigInt(linkEditSize), linkEdit + 48);
  out.writeBigUInt64LE(BigInt(align(linkEditSize, 0x4000)), linkEdit + 32);

  const superBlob = numbers(
    [0xfade0cc0, total, 3],
    [0, blobs],
    [2, blobs + directorySize],
    [0x10000, blobs + directorySize + requirements.byteLength],
  );
  const adHoc = 2;
  const directory = Buffer.concat([
    numbers([0xfade0c02, directorySize, 0x20400, adHoc, hashes, directoryHeader, specialSlots, pages, signed]),
    // Hash size, SHA-256, no platform, 2^12 bytes a page.
    Buffer.from([hashSize, 2, 0, 12]),
    Buffer.alloc(24),
    // The executable segment: its begin, its length, and that it is the main program.
    longs(0, textSize, 1),
    name,
    sha256(requirements),
    Buffer.alloc(hashSize),
    ...Array.from({ length: pages }, (_, page) =>
      sha256(out.subarray(page * pageSize, Math.min((page + 1) * pageSize, signed))),
    ),
  ]);
  Buffer.concat([superBlob, directory, requirements, emptyCms]).copy(out, signed);
  return out;
}

/** Returns `file` without its signature, to be changed and signed again; the load command stays. */
export function withoutMacosSignature(file: Buffer): Buffer {
  const { signatureCommand: command } = readMachO(file);
  return command === undefined ? file : file.subarray(0, file.readUInt32LE(command + 8));
}

function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function numbers(...rows: number[][]): Buffer {
  const values = rows.flat();
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

function longs(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(BigInt(value), index * 8);
  return bytes;
}
