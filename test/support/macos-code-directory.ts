import { createHash } from 'node:crypto';
import { readMachO } from '../../packaging/binary/mach-o.ts';

/** Checks the signature of a Mach-O file as the kernel does page by page, and returns what it says; throws with the first page that is not as signed. */
export function checkCodeDirectory(file: Buffer) {
  const { signatureCommand, linkEdit } = readMachO(file);
  if (signatureCommand === undefined) throw new Error('no signature');
  const begin = file.readUInt32LE(signatureCommand + 8);
  const size = file.readUInt32LE(signatureCommand + 12);
  if (file.readUInt32BE(begin) !== 0xfade0cc0) throw new Error('no super blob');
  const directory = begin + file.readUInt32BE(begin + 16);
  if (file.readUInt32BE(directory) !== 0xfade0c02) throw new Error('no code directory');
  const word = (index: number) => file.readUInt32BE(directory + 4 * index);
  const [flags, hashes, name, special, pages, limit] = [word(3), word(4), word(5), word(6), word(7), word(8)];
  for (let page = 0; page < pages; page++) {
    const content = file.subarray(page * 4096, Math.min((page + 1) * 4096, limit));
    const wanted = file.subarray(directory + hashes + page * 32, directory + hashes + (page + 1) * 32);
    if (!createHash('sha256').update(content).digest().equals(wanted)) throw new Error(`page ${page} is not as signed`);
  }
  const [linkEditBegin, linkEditSize] = [file.readBigUInt64LE(linkEdit + 40), file.readBigUInt64LE(linkEdit + 48)];
  return {
    isAdHoc: flags === 2,
    identifier: file.toString('latin1', directory + name, file.indexOf(0, directory + name)),
    /** All up to the signature is signed. */
    isWhole: limit === begin && pages === Math.ceil(begin / 4096) && special === 2,
    /** The signature, and the link-edit segment around it, end the file, as macOS asks for. */
    isAtEnd: begin + size === file.byteLength && Number(linkEditBegin + linkEditSize) === file.byteLength,
  };
}
