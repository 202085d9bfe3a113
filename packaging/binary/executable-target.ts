import { open } from 'node:fs/promises';
import { magic64 } from './mach-o.ts';

/**
 * Returns the name of the target that the program with this begin (4 KiB are enough) is made for, `linux-x64` and so on, or undefined when it is for none of
 * them. Read from the header: ELF's `e_machine`, the CPU type of a 64-bit Mach-O file, the machine of PE's COFF header.
 */
export function executableTarget(header: Buffer): string | undefined {
  if (header.byteLength < 64) return undefined;
  if (header.toString('latin1', 0, 5) === '\x7fELF\x02') return elf[header.readUInt16LE(18)];
  if (header.readUInt32LE(0) === magic64) return machOCpu[header.readUInt32LE(4)];
  if (header.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const pe = header.readUInt32LE(0x3c);
  if (pe + 6 > header.byteLength || header.toString('latin1', pe, pe + 4) !== 'PE\0\0') return undefined;
  return peMachine[header.readUInt16LE(pe + 4)];
}

const elf: Record<number, string> = { 0x3e: 'linux-x64', 0xb7: 'linux-arm64' };
const machOCpu: Record<number, string> = { 0x01000007: 'macos-x64', 0x0100000c: 'macos-arm64' };
const peMachine: Record<number, string> = { 0x8664: 'win-x64' };

const headerSize = 4096;
const universalMagic = 0xcafebabe;

/** Returns the names of the targets that a program or library is made for: of a universal Mach-O file, see Apple's `mach-o/fat.h`, those of its slices. */
export async function targetsOf(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const header = async (position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headerSize), 0, headerSize, position);
      return buffer.subarray(0, bytesRead);
    };
    const first = await header(0);
    const isUniversal = first.byteLength === headerSize && first.readUInt32BE(0) === universalMagic;
    const slices = isUniversal
      ? Array.from({ length: first.readUInt32BE(4) }, (_, index) => first.readUInt32BE(8 + 20 * index + 8))
      : [0];
    const found = await Promise.all(slices.map(async (begin) => executableTarget(await header(begin)) ?? []));
    return found.flat();
  } finally {
    await file.close();
  }
}
