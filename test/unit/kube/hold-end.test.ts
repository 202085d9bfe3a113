import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { holdEnd } from '../../../src/kube/hold-end.ts';

const output = Buffer.from('the last page');
const goAway = Buffer.from('80030007000000080000000100000000', 'hex');
let socket: Duplex;
let ended: boolean;
let received: Buffer[];

beforeEach(() => {
  socket = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
  holdEnd(socket);
  ended = false;
  received = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk)).on('end', () => void (ended = true));
});

const say = (...pieces: (Buffer | null)[]) => {
  for (const piece of pieces) socket.push(piece);
};

describe('the end of a connection', () => {
  it.each([
    { name: 'in one piece', pieces: [Buffer.concat([output, goAway])] },
    { name: 'in many', pieces: [output, goAway.subarray(0, 4), goAway.subarray(4, 9), goAway.subarray(9)] },
  ])('whose peer took its leave $name shows when our side has ended', async ({ pieces }) => {
    say(...pieces, null);
    await turn();
    expect(Buffer.concat(received)).toEqual(Buffer.concat([output, goAway]));
    expect(ended).toBe(false);
    socket.end();
    await turn();
    expect(ended).toBe(true);
    expect(socket.destroyed).toBe(true);
  });

  it('shows at once when our side has ended before', async () => {
    socket.end();
    await turn();
    say(goAway, null);
    await turn();
    expect(ended).toBe(true);
  });

  it.each([
    { name: 'was cut', pieces: [output] },
    { name: 'said nothing', pieces: [] },
    { name: 'went on after something alike', pieces: [goAway, output] },
  ])('shows at once when the peer $name', async ({ pieces }) => {
    say(...pieces, null);
    await turn();
    expect(ended).toBe(true);
  });
});
