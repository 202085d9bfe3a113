import { Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { gatherWrites } from '../../../src/apiserver-proxy/gather-writes.ts';

it('what comes within one turn of the event loop goes out in one write, and nothing waits longer', async () => {
  const writes: string[] = [];
  const from = new Readable({ read: () => undefined });
  const to = new Writable({
    write: (chunk: Buffer, _, done) => {
      writes.push(chunk.toString());
      done();
    },
    writev: (chunks: { chunk: Buffer }[], done) => {
      writes.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
      done();
    },
  });
  gatherWrites(from, to);
  from.pipe(to);
  await turn();
  for (const piece of ['head', ' and ', 'body']) from.push(piece);
  await turn();
  await turn();
  expect(writes).toEqual(['head and body']);
  from.push('last');
  from.push(null);
  await turn();
  await turn();
  expect(writes).toEqual(['head and body', 'last']);
});
