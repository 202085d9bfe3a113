import type { Duplex } from 'node:stream';

/** How long nothing must have come before the peer counts as read to its end: busy hosts pause for a good part of a second. */
const quietMs = 2_000;
const lookEveryMs = 100;
/** A third of the 61 s for which client-go waits for the answer to its pings. */
const longestHoldMs = 20_000;

/**
 * Holds back a lone keep-alive while more is still coming from `socket`. A server that has sent its last bytes and closed answers
 * whatever reaches it with a reset, which throws away what it has not delivered yet: the ping that client-go sends every 5 s would cost
 * a slow reader the end of its output. Anything else is passed on at once, with the keep-alive before it.
 */
export function holdKeepAlives(socket: Duplex): void {
  const push = socket.push.bind(socket);
  const write = socket._write.bind(socket);
  let lastReadAt = performance.now();

  socket.push = (chunk, encoding) => {
    lastReadAt = performance.now();
    return push(chunk, encoding);
  };
  socket._write = (chunk: Buffer | string, encoding, done) => {
    if (!isKeepAlive(chunk)) return write(chunk, encoding, done);
    const until = performance.now() + longestHoldMs;
    const look = () => {
      const now = performance.now();
      const hasMoreToWrite = socket.writableLength > chunk.length || socket.writableEnded;
      const isQuiet = !socket.isPaused() && socket.readableLength === 0 && now - lastReadAt >= quietMs;
      if (isQuiet || hasMoreToWrite || socket.destroyed || now > until) return write(chunk, encoding, done);
      setTimeout(look, lookEveryMs);
    };
    look();
  };
}

/** SPDY/3.1 section 2.6.5: a PING is 12 bytes. RFC 6455 section 5.5.2: a ping of a client is masked and has less than 126 bytes. */
function isKeepAlive(chunk: Buffer | string): boolean {
  if (typeof chunk === 'string') return false;
  if (chunk.length === 12) return chunk.readUInt32BE(0) === 0x80030006 && chunk.readUInt32BE(4) === 4;
  const [first, second = 0] = chunk;
  return first === 0x89 && (second & 0x80) !== 0 && chunk.length === 6 + (second & 0x7f);
}
