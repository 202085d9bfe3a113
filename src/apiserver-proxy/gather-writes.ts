import type { Readable, Writable } from 'node:stream';

/**
 * Lets what `from` says within one turn of the event loop go out of `to` in one write. Call it before whoever writes listens. TLS brings at
 * most 16 KB at a time, and kubelets send the head of each frame, or each line of a log, on its own: passed on one by one, each
 * would cost a record of TLS, a system call and a wake-up of the reader, which is most of what a stream costs.
 */
export function gatherWrites(from: Readable, to: Pick<Writable, 'cork' | 'uncork'>): void {
  let gathering = false;
  from.on('data', () => {
    if (gathering) return;
    gathering = true;
    to.cork();
    setImmediate(() => {
      gathering = false;
      to.uncork();
    });
  });
}
