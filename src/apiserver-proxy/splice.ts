import type { Duplex } from 'node:stream';
import { gatherWrites } from './gather-writes.ts';

/** How long one end may stay once the other has gone and all that came from there is sent. */
const lingerMs = 1_000;
/** So much waits for a slow reader; a socket's own 64 KB is full after four records of TLS, and the back and forth costs a fifth more. */
const maxWaitingBytes = 192 * 1024;

/**
 * Passes bytes between two connections both ways, no faster than each side takes them. The end of one direction ends that direction
 * alone; when one connection breaks or closes, the other one is ended, and closed when its peer has read what came, or half a minute
 * after it has been sent.
 */
export function splice(a: Duplex, b: Duplex): void {
  pass(a, b);
  pass(b, a);
}

/** Passes what comes from `from`, and its fate, to `to`. */
function pass(from: Duplex, to: Duplex): void {
  carry(from, to);
  from.on('error', () => undefined);
  const onClose = () => {
    if (to.destroyed) return;
    // Bytes nobody has read would make the close of a Unix socket a reset, in whose message Go shows the path of the socket.
    to.resume();
    to.end(() => {
      if (to.destroyed) return;
      const timer = setTimeout(() => to.destroy(), lingerMs);
      to.once('close', () => clearTimeout(timer));
    });
  };
  // It may have gone before anyone listened.
  if (from.closed) onClose();
  else from.once('close', onClose);
}

/** Does as `from.pipe(to)`, with more bytes waiting, and reads on when `to` is gone. */
function carry(from: Duplex, to: Duplex): void {
  gatherWrites(from, to);
  from.on('data', (bytes: Buffer) => {
    if (to.destroyed || to.writableEnded) return;
    // Without a refusal there would be no `drain`.
    const isFull = !to.write(bytes);
    if (isFull && to.writableLength >= maxWaitingBytes) from.pause();
  });
  to.on('drain', () => void from.resume());
  from.once('end', () => void to.end());
  from.resume();
}
