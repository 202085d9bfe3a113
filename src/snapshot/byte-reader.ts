/** Reads a stream of chunks in pieces of a wanted size. Rejects with an Error when it ends before. */
export interface ByteReader {
  take: (size: number) => Promise<Buffer>;
  /** Yields the next `size` bytes as they come; is to be read to its end. */
  chunks(size: number): AsyncGenerator<Buffer>;
}

/** Returns a reader of `source`. */
export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function* chunks(size: number): AsyncGenerator<Buffer> {
    let wanted = size;
    while (wanted > 0) {
      if (rest.length === 0) {
        const next = await iterator.next();
        if (next.done) throw new Error('ends too early');
        rest = next.value;
      }
      const piece = rest.subarray(0, wanted);
      rest = rest.subarray(piece.length);
      wanted -= piece.length;
      yield piece;
    }
  }

  return {
    chunks,
    async take(size) {
      const pieces: Buffer[] = [];
      for await (const piece of chunks(size)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
}
