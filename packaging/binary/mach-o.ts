/** What signing needs to know of a thin 64-bit Mach-O file, see Apple's `mach-o/loader.h`. Offsets are bytes of the file. */
export interface MachO {
  /** Of the load command of the segment that ends the file. */
  linkEdit: number;
  /** Of the load command of the signature; undefined when there is none. */
  signatureCommand: number | undefined;
  /** Where a further load command would lie. */
  commandsEnd: number;
  /** Where the first section begins: load commands end before. */
  firstSection: number;
  /** Length of the text segment in the file. */
  textSize: number;
}

/** What a 64-bit Mach-O file begins with. */
export const magic64 = 0xfeedfacf;
const headerSize = 32;
const segmentCommand = 0x19;
export const signatureCommand = 0x1d;
const segmentHeaderSize = 72;
const sectionSize = 80;

/** Reads the load commands. Throws when `file` is no thin 64-bit Mach-O file with a link-edit segment. */
export function readMachO(file: Buffer): MachO {
  if (file.readUInt32LE(0) !== magic64) throw new Error('not a thin 64-bit Mach-O file');
  const count = file.readUInt32LE(16);
  let linkEdit: number | undefined;
  let signature: number | undefined;
  let textSize = 0;
  let firstSection = file.byteLength;
  let at = headerSize;
  for (let index = 0; index < count; index++) {
    const command = file.readUInt32LE(at);
    if (command === signatureCommand) signature = at;
    if (command === segmentCommand) {
      const name = file.toString('latin1', at + 8, at + 24).replace(/\0.*$/, '');
      if (name === '__LINKEDIT') linkEdit = at;
      if (name === '__TEXT') textSize = Number(file.readBigUInt64LE(at + 48));
      for (const offset of sectionOffsets(file, at)) if (offset > 0 && offset < firstSection) firstSection = offset;
    }
    at += file.readUInt32LE(at + 4);
  }
  if (linkEdit === undefined) throw new Error('a Mach-O file without __LINKEDIT');
  return { linkEdit, signatureCommand: signature, commandsEnd: at, firstSection, textSize };
}

function sectionOffsets(file: Buffer, segment: number): number[] {
  const count = file.readUInt32LE(segment + 64);
  return Array.from({ length: count }, (_, index) =>
    file.readUInt32LE(segment + segmentHeaderSize + sectionSize * index + 48),
  );
}
