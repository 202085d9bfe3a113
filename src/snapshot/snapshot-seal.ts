import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { brokenSnapshot } from './snapshot-errors.ts';

/**
 * A snapshot is a gzip'd tar, and begins with a gzip member without content whose comment (RFC 1952, FCOMMENT) is the SHA-256 of all that
 * follows. `tar xzf` reads over it; gzip's own CRC would not do, as it covers neither its header nor the bits that fill up the last byte.
 */
const opening = Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff]);
const closing = Buffer.from([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** Returns the seal over content with this SHA-256 (hexadecimal digits). */
export function snapshotSeal(sha256: string): Buffer {
  return Buffer.concat([opening, Buffer.from(`sha256:${sha256}`, 'latin1'), closing]);
}

/** Length of every seal in bytes: where the content begins. */
export const sealBytes = snapshotSeal('0'.repeat(64)).length;

/** Resolves if every byte of `file` is as it was written. Rejects with SNAPSHOT_BROKEN otherwise, or with the system's error. */
export async function assertSealed(file: string): Promise<void> {
  const handle = await open(file, 'r');
  const found = Buffer.alloc(sealBytes);
  try {
    await handle.read(found, 0, sealBytes, 0);
  } finally {
    await handle.close();
  }
  if (!found.subarray(0, opening.length).equals(opening)) throw brokenSnapshot(file, 'is not a snapshot of k3v');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { start: sealBytes })) hash.update(chunk as Buffer);
  if (!found.equals(snapshotSeal(hash.digest('hex')))) {
    throw brokenSnapshot(file, 'is torn or altered: its checksum does not hold');
  }
}
