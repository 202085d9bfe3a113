/** Eight records of TLS. */
export const bufferBytes = 128 * 1024;
const maxKept = 16;

const kept: Buffer[] = [];
const lent = new WeakMap<ArrayBufferLike, Buffer>();

/**
 * Returns a buffer of `bufferBytes` with any content. Whoever is the last to use it, or a part of it, may give it back: a stream of 100
 * MB/s through fresh buffers keeps a processor busy with collecting them for a fifth of its time.
 */
export function takeBuffer(): Buffer {
  const buffer = kept.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
  lent.set(buffer.buffer, buffer);
  return buffer;
}

/** Takes back the buffer that `part` is of, if it is one of `takeBuffer`'s: nothing may use it any more. */
export function giveBack(part: Buffer): void {
  const buffer = lent.get(part.buffer);
  if (!buffer) return;
  lent.delete(part.buffer);
  if (kept.length < maxKept) kept.push(buffer);
}
