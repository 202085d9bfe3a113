import type { Duplex } from 'node:stream';
import { giveBack } from '../kube/reused-buffers.ts';
import { gatherWrites } from './gather-writes.ts';

/** How long the backend may stay once the API server has gone and all that came from there is sent. */
const backendLingerMs = 1_000;
/**
 * The same for the API server's end. It closes by itself as soon as it has read what came; closed sooner by us, it would fail at its
 * next write, and Go's proxy then drops what it has not passed on to its client (UpgradeAwareHandler ends with the first direction).
 */
const apiServerLingerMs = 5_000;

/**
 * Passes bytes between the API server and what it has dialled, no faster than each side takes them. The end of one direction ends that
 * direction alone. When the API server's connection breaks or closes, the backend's is closed within a second; when the backend's
 * does, the API server's is ended, and closed once its peer has read to that end, however slow its client reads.
 */
export function splice(apiServer: Duplex, backend: Duplex): void {
  pass(apiServer, backend, backendLingerMs);
  pass(backend, apiServer, apiServerLingerMs);
}

/** Passes what comes from `from`, and its fate, to `to`. */
function pass(from: Duplex, to: Duplex, lingerMs: number): void {
  pour(from, to);
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

/** As `from.pipe(to)`, but gives back buffers, and reads on when `to` has gone. */
function pour(from: Duplex, to: Duplex): void {
  gatherWrites(from, to);
  from.on('data', (chunk: Buffer) => {
    if (to.destroyed) return giveBack(chunk);
    if (!to.write(chunk, () => giveBack(chunk))) from.pause();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  from.resume();
}
