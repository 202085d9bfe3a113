import type { Duplex } from 'node:stream';
import { gatherWrites } from './gather-writes.ts';

/** How long one end may stay once the other has gone and all that came from there is sent. */
const lingerMs = 1_000;

/**
 * Passes bytes between two connections both ways, no faster than each side takes them. The end of one direction ends that direction
 * alone; when one connection breaks or closes, the other is closed within a second of having taken what came from it, however slow
 * it reads: a pager may stand still at the last page of a log.
 */
export function splice(a: Duplex, b: Duplex): void {
  pass(a, b);
  pass(b, a);
}

/** Passes what comes from `from`, and its fate, to `to`. */
function pass(from: Duplex, to: Duplex): void {
  gatherWrites(from, to);
  from.pipe(to);
  from.on('error', () => undefined);
  const onClose = () => {
    if (to.destroyed) return;
    // Bytes nobody has read would make the close of a Unix socket a reset, in whose message Go shows the path of the socket.
    to.unpipe(from);
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
