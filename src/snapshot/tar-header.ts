const blockBytes = 512;
const maxNameBytes = 100;
/** Eleven octal digits; a larger size is written as GNU tar does, see "Extensions to the archive format" in its manual: in binary, after a byte 0x80. */
const maxOctalSize = 0o77777777777;
const binaryMark = 0x80;

/** Returns the ustar header of a plain file: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, "ustar Interchange Format". Throws RangeError for a name that it has no room for. */
export function tarHeader(name: string, { size, mode, mtime }: { size: number; mode: number; mtime: Date }): Buffer {
  const { prefix, base } = split(name);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, digits: number) =>
    void block.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  block.write(base, 0, 'utf8');
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  if (size <= maxOctalSize) octal(size, 124, 11);
  else {
    block.writeUInt8(binaryMark, 124);
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(Math.floor(mtime.getTime() / 1000), 136, 11);
  block.write('0', 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.write(prefix, 345, 'utf8');
  octal(checksum(block), 148, 6);
  block.write('\0 ', 154, 'latin1');
  return block;
}

/** Returns name and size in a header, or undefined for the block of zeros that ends an archive. Throws if it is neither. */
export function parseTarHeader(block: Buffer): { name: string; size: number } | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const text = (offset: number, length: number) =>
    block
      .subarray(offset, offset + length)
      .toString('utf8')
      .replace(/\0.*$/s, '');
  if (text(257, 6) !== 'ustar' || Number.parseInt(text(148, 8), 8) !== checksum(block)) throw new Error('not a header');
  const prefix = text(345, 155);
  const size =
    block.readUInt8(124) === binaryMark ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(124, 12), 8);
  return { name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, size };
}

/** Returns how many zeros follow the content of a file of `size` bytes. */
export function tarPadding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** What ends an archive. */
export const tarEnd = Buffer.alloc(2 * blockBytes);
export const tarHeaderBytes = blockBytes;

/** The sum of all bytes, with the sum's own field as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

/** A name longer than its field goes on in the prefix, up to a slash. */
function split(name: string): { prefix: string; base: string } {
  if (Buffer.byteLength(name) <= maxNameBytes) return { prefix: '', base: name };
  for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
    const [prefix, base] = [name.slice(0, slash), name.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(base) <= maxNameBytes) return { prefix, base };
  }
  throw new RangeError(`${name} is too long a name for a tar archive`);
}
