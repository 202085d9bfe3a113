import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { bufferBytes, giveBack, takeBuffer } from './reused-buffers.ts';

/** What is smaller is copied, so that a word does not hold a whole buffer. */
const smallBytes = 16 * 1024;
/** All sockets can share it, as its content is copied before anything else is read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** How one socket is read. */
export interface GatheredReads {
  /** For the options of `net.connect` or `tls.connect`, to which it gives what is read as if it were not there. */
  readonly onread: OnReadOpts;
  /** Hands over the socket, before anything can have come. */
  readonly readInto: (socket: Duplex) => void;
  /** From now on what comes within one turn of the event loop is pushed as one chunk, which its reader may `giveBack`. */
  readonly gather: () => void;
}

/**
 * Returns what reads a socket of an endless stream: TLS brings at most 16 KB at a time, each of which would cost a buffer of its own
 * and a walk through everything behind it, most of what it costs k3v to pass a stream on.
 */
export function gatherReads(): GatheredReads {
  let socket: Duplex | undefined;
  let gathers = false;
  let gathered: Buffer | undefined;
  let length = 0;
  let wantsMore = true;

  function flush(): void {
    const buffer = gathered;
    if (!buffer) return;
    const chunk = length < smallBytes ? Buffer.from(buffer.subarray(0, length)) : buffer.subarray(0, length);
    if (length < smallBytes) giveBack(buffer);
    gathered = undefined;
    length = 0;
    // The socket begins to read again by itself when it has too little.
    wantsMore = socket?.push(chunk) ?? false;
  }

  return {
    onread: {
      buffer: readBuffer,
      callback(bytes) {
        if (!gathers) return socket?.push(Buffer.from(readBuffer.subarray(0, bytes))) ?? false;
        if (length + bytes > bufferBytes) flush();
        if (!gathered) {
          gathered = takeBuffer();
          setImmediate(flush);
        }
        readBuffer.copy(gathered, length, 0, bytes);
        length += bytes;
        return wantsMore;
      },
    },
    readInto(given) {
      socket = given;
    },
    gather() {
      if (!socket) return;
      gathers = true;
      const push = socket.push.bind(socket);
      socket.push = (chunk: Buffer | null) => {
        // The end comes after what was read before it.
        if (chunk === null) flush();
        return push(chunk);
      };
    },
  };
}
