/** Where the optional header of a PE32+ file has its checksum and its entry for the signature, see Microsoft's "PE Format". */
const checksumOffset = 64;
const securityEntryOffset = 144;
const pe32Plus = 0x20b;

/** Returns the Windows program `file` without its Authenticode signature, which is void once the program is changed. Throws when it is no 64-bit PE file. */
export function withoutWindowsSignature(file: Buffer): Buffer {
  const header = file.toString('latin1', 0, 2) === 'MZ' ? file.readUInt32LE(0x3c) : -1;
  if (header < 0 || file.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('not a Windows program');
  const optional = header + 24;
  if (file.readUInt16LE(optional) !== pe32Plus) throw new Error('not a 64-bit Windows program');
  const begin = file.readUInt32LE(optional + securityEntryOffset);
  const unsigned = Buffer.from(begin === 0 ? file : file.subarray(0, begin));
  unsigned.writeUInt32LE(0, optional + checksumOffset);
  unsigned.fill(0, optional + securityEntryOffset, optional + securityEntryOffset + 8);
  return unsigned;
}
