import type { Duplex } from 'node:stream';

/** How long nothing must have come before the peer counts as read to its end: busy hosts pause for a good part of a second. */
const quietMs = 2_000;
const lookEveryMs = 100;
/** Half of the 61 s for which client-go waits for the answer to its pings. */
const longestHoldMs = 30_000;
/** More than a client has to say in that time. */
const mostHeldBytes = 4_096;

/**
 * Holds back keep-alives while more is still coming from `socket`. A server that has sent its last bytes and closed answers whatever
 * reaches it with a reset, which throws away what it has not delivered yet, and Go's proxies drop what they have not passed on: the
 * ping that client-go sends every 5 s would cost a slow reader the end of its output. Anything else is passed on at once, with the
 * keep-alives before it.
 */
export function holdKeepAlives(socket: Duplex): void {
  const push = socket.push.bind(socket);
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const final = socket._final.bind(socket);
  let lastReadAt = performance.now();
  let held: { bytes: Buffer; encoding: BufferEncoding } | undefined;
  let isReleased = false;

  /** Writes what is held, and goes on. */
  function letGo(next: () => void): void {
    if (!held) return next();
    const { bytes, encoding } = held;
    held = undefined;
    write(bytes, encoding, next);
  }

  function releaseWhenQuiet(until: number): void {
    setTimeout(() => {
      if (!held || socket.destroyed || socket.writableEnded) return;
      const now = performance.now();
      const isQuiet = !socket.isPaused() && socket.readableLength === 0 && now - lastReadAt >= quietMs;
      if (!isQuiet && now < until) return releaseWhenQuiet(until);
      const { bytes } = held;
      held = undefined;
      isReleased = true;
      socket.write(bytes);
    }, lookEveryMs);
  }

  socket.push = (chunk, encoding) => {
    lastReadAt = performance.now();
    return push(chunk, encoding);
  };
  socket._write = (chunk: Buffer | string, encoding, done) => {
    const isFree = isReleased;
    isReleased = false;
    if (typeof chunk === 'string') return letGo(() => write(chunk, encoding, done));
    const bytes = held ? Buffer.concat([held.bytes, chunk]) : chunk;
    if (isFree || !areKeepAlives(bytes)) {
      held = undefined;
      return write(bytes, encoding, done);
    }
    if (!held) releaseWhenQuiet(performance.now() + longestHoldMs);
    held = { bytes: Buffer.from(bytes), encoding };
    done();
  };
  if (writev) {
    socket._writev = (chunks, done) => {
      const bytes = chunks.flatMap(({ chunk }): Buffer[] => (Buffer.isBuffer(chunk) ? [chunk] : []));
      const [first] = chunks;
      if (!first || bytes.length < chunks.length) return letGo(() => writev(chunks, done));
      socket._write(Buffer.concat(bytes), first.encoding, done);
    };
  }
  socket._final = (done) => letGo(() => final(done));
}

/** SPDY/3.1 section 2.6.5, without the number of the ping. */
const spdyPing = Buffer.from('8003000600000004', 'hex');
const spdyPingBytes = 12;
const webSocketPing = 0x89;

/** Whether `bytes` are some pings and nothing else, the last one perhaps begun only: Go writes one of SPDY in four pieces. */
function areKeepAlives(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.length) {
    const length = pingBytes(bytes.subarray(at));
    if (length === undefined) return false;
    at += length;
  }
  return bytes.length <= mostHeldBytes;
}

/** Returns the length of the ping that `bytes` begin with. RFC 6455 section 5.5.2: that of a client is masked and has less than 126 bytes. */
function pingBytes(bytes: Buffer): number | undefined {
  const [first, second = 0x80] = bytes;
  if (first === webSocketPing) return second >= 0x80 && second < 0x80 + 126 ? 6 + second - 0x80 : undefined;
  const begun = bytes.subarray(0, spdyPing.length);
  return begun.equals(spdyPing.subarray(0, begun.length)) ? spdyPingBytes : undefined;
}
