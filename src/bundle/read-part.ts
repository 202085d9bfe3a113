import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { brokenBundle } from './bundle-errors.ts';
import type { Bundle, BundledPart } from './bundle.ts';

/** Returns the content of a part that is small, its files one behind the other. Throws K3vError `BUNDLE_BROKEN`, or what the system says. */
export function readPart(bundle: Bundle, part: BundledPart): Buffer {
  const bytes = Buffer.alloc(part.length);
  const file = openSync(bundle.file, 'r');
  let length = 0;
  try {
    for (let read = -1; read !== 0 && length < bytes.byteLength; length += read) {
      read = readSync(file, bytes, length, bytes.byteLength - length, bundle.begin + part.offset + length);
    }
  } finally {
    closeSync(file);
  }
  if (length < part.length) throw brokenBundle(bundle.file, `is cut off: ${part.length - length} bytes are missing`);
  if (createHash('sha256').update(bytes).digest('hex') !== part.sha256) {
    throw brokenBundle(bundle.file, `is damaged: what it carries of ${part.name} does not have its checksum`);
  }
  return zstdDecompressSync(bytes);
}
