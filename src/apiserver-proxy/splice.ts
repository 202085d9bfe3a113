import type { Duplex } from 'node:stream';

/** What is left to send to one end after the other has gone, it must take within this time. */
const lingerMs = 1_000;

/**
 * Passes bytes between two connections both ways, no faster than each side takes them. The end of one direction ends that direction
 * alone; when one connection breaks or closes, the other is closed within a second.
 */
export function splice(a: Duplex, b: Duplex): void {
  pass(a, b);
  pass(b, a);
}

/** Passes what comes from `from`, and its fate, to `to`. */
function pass(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.on('error', () => undefined);
  const onClose = () => {
    if (to.destroyed) return;
    // Bytes nobody has read would make the close of a Unix socket a reset, in whose message Go shows the path of the socket.
    to.unpipe(from);
    to.resume();
    to.end();
    const timer = setTimeout(() => to.destroy(), lingerMs);
    to.once('close', () => clearTimeout(timer));
  };
  // It may have gone before anyone listened.
  if (from.closed) onClose();
  else from.once('close', onClose);
}
