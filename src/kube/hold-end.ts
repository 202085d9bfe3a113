import type { Duplex } from 'node:stream';

const goAwayBytes = 16;

/**
 * Keeps the end of `socket` to itself until our side has ended, if its peer took its leave before: a client of SPDY that knows how all
 * its streams ended closes by itself, as soon as it has read so far. Go's proxy in between, told the end earlier, would close the
 * client's connection under it, and the next ping of a client that is still reading would cost it the rest: a reset throws away what
 * a closed connection has not delivered yet.
 */
export function holdEnd(socket: Duplex): void {
  const push = socket.push.bind(socket);
  let last = Buffer.alloc(0);
  socket.push = (chunk: Buffer | null, encoding) => {
    if (chunk !== null) {
      last = Buffer.concat([last, chunk.subarray(-goAwayBytes)]).subarray(-goAwayBytes);
      return push(chunk, encoding);
    }
    if (!isGoAway(last) || socket.writableFinished) return push(null);
    socket.once('finish', () => push(null));
    return false;
  };
}

/** SPDY/3.1, section 2.6.6: the last frame of a session. */
function isGoAway(bytes: Buffer): boolean {
  return bytes.length === goAwayBytes && bytes.readUInt32BE(0) === 0x80030007 && bytes.readUInt32BE(4) === 8;
}
