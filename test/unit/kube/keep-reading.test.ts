import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { keepReading } from '../../../src/kube/keep-reading.ts';

/** A connection whose peer takes no byte any more, as one that has closed. */
function refusingConnection(): Duplex {
  const reset = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stream = new Duplex({
    read: () => undefined,
    write: (_, __, done) => void setImmediate(done, reset()),
    final: (done) => void setImmediate(done, reset()),
  });
  keepReading(stream);
  return stream;
}

describe('a connection that is read to its end', () => {
  it('gives all that its peer sent, after a write to it has failed', async () => {
    const stream = refusingConnection();
    stream.push('first ');
    stream.write('ping');
    await new Promise((resolve) => setImmediate(resolve));
    stream.write('ping');
    stream.push('last');
    stream.push(null);
    expect(await text(stream)).toBe('first last');
  });

  it('closes once both ends are done, though the last writes failed', async () => {
    const stream = refusingConnection();
    const closed = once(stream, 'close');
    stream.end('ping');
    stream.push(null);
    stream.resume();
    await closed;
    expect(stream.errored).toBeNull();
  });

  it('gives what was read before an error, and then closes', async () => {
    const stream = refusingConnection();
    stream.push('the end of the output');
    stream.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    expect(stream.destroyed).toBe(false);
    expect(await text(stream)).toBe('the end of the output');
    expect(stream.destroyed).toBe(true);
  });

  it('is destroyed at once when nobody wants the rest', async () => {
    const stream = refusingConnection();
    stream.push('unread');
    const closed = once(stream, 'close');
    stream.destroy();
    await closed;
    expect(stream.destroyed).toBe(true);
  });
});
