import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type GatheredReads, gatherReads } from '../../../src/kube/gather-reads.ts';
import { bufferBytes } from '../../../src/kube/reused-buffers.ts';

let socket: Duplex;
let reads: GatheredReads;
let chunks: string[];

beforeEach(() => {
  socket = new Duplex({ read: () => undefined, write: (_, __, done) => done(), highWaterMark: 64 * 1024 });
  reads = gatherReads();
  reads.readInto(socket);
  chunks = [];
});

/** Reads as Node does: into the buffer, with a call after each piece. Returns whether more is wanted. */
function read(piece: string | Buffer): boolean {
  const { onread } = reads;
  const { buffer } = onread;
  if (typeof buffer === 'function') throw new Error('not one buffer for all');
  buffer.set(Buffer.from(piece));
  return onread.callback(piece.length, buffer);
}
const listen = () => void socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));

describe('what is read of a socket', () => {
  it('comes out piece by piece until it is to be gathered', async () => {
    listen();
    await turn();
    read('HTTP/1.1 ');
    read('101');
    expect(chunks).toEqual(['HTTP/1.1 ', '101']);
  });

  it('comes out as one chunk per turn of the event loop, whatever is read after it', async () => {
    const kept: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => kept.push(chunk));
    reads.gather();
    const large = 'x'.repeat(20_000);
    for (const piece of ['head', ' and ', large]) read(piece);
    await turn();
    read('more');
    await turn();
    expect(kept.map(String)).toEqual([`head and ${large}`, 'more']);
  });

  it('comes out before the end that follows it', async () => {
    listen();
    reads.gather();
    read('the last page');
    socket.push(null);
    await once(socket, 'end');
    expect(chunks).toEqual(['the last page']);
  });

  it('is no more than its reader takes', async () => {
    reads.gather();
    const piece = Buffer.alloc(60_000, 'p');
    let wanted = 0;
    while (read(piece)) wanted += 1;
    expect(wanted).toBeLessThan(4);
    await turn();
    expect(socket.readableLength).toBe((wanted + 1) * piece.length);
    expect(socket.readableLength).toBeGreaterThan(bufferBytes / 2);
    socket.read();
    expect(read('next')).toBe(false);
    await turn();
    socket.read();
    await turn();
    expect(read('and on')).toBe(true);
  });
});
