import type { Duplex } from 'node:stream';

/** What one end has left to send after the other has gone, it may send within this time. */
const lingerMs = 1_000;

/**
 * Passes bytes between two connections both ways, no faster than each side takes them. The end of one direction ends that direction
 * alone; when one connection breaks the other is broken too, and when one has closed the other closes within a second.
 */
export function splice(a: Duplex, b: Duplex): void {
  pass(a, b);
  pass(b, a);
  a.pipe(b);
  b.pipe(a);
}

/** Lets the fate of `from` be that of `to`. */
function pass(from: Duplex, to: Duplex): void {
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (to.destroyed) return;
    if (!from.readableEnded) return void to.destroy();
    const timer = setTimeout(() => to.destroy(), lingerMs);
    to.once('close', () => clearTimeout(timer));
    to.end();
  });
  // It may have gone before anyone listened.
  if (from.destroyed) to.destroy();
}
