import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { splice } from '../../../src/apiserver-proxy/splice.ts';

/** A connection whose peer reads nothing before `take`. */
function slowConnection() {
  const waiting: (() => void)[] = [];
  const received: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      waiting.push(() => {
        received.push(chunk.toString());
        done();
      });
    },
  });
  const take = () => {
    while (waiting.length > 0) waiting.shift()?.();
  };
  return { stream, received, take };
}

describe('two joined connections', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const quick = () => new Duplex({ read: () => undefined, write: (_, __, done) => done() });

  it('give a slow API server what is left of the backend, and leave it to close when it has read that', async () => {
    const slow = slowConnection();
    const backend = quick();
    splice(slow.stream, backend);
    backend.push('the last page');
    backend.push(null);
    await vi.advanceTimersByTimeAsync(10);
    backend.destroy();
    await vi.advanceTimersByTimeAsync(60_000);
    slow.take();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(slow.received).toEqual(['the last page']);
    expect(slow.stream.destroyed).toBe(false);
    slow.stream.push(null);
    await vi.advanceTimersByTimeAsync(10);
    expect(slow.stream.destroyed).toBe(true);
  });

  it.each([
    { gone: 'the backend', stays: 'an API server', seconds: 5 },
    { gone: 'the API server', stays: 'a backend', seconds: 1 },
  ])('are both closed $seconds s after $gone has gone, though $stays does not care', async ({ gone, seconds }) => {
    const [apiServer, backend] = [quick(), quick()];
    splice(apiServer, backend);
    const [first, other] = gone === 'the backend' ? [backend, apiServer] : [apiServer, backend];
    first.destroy();
    await vi.advanceTimersByTimeAsync(seconds * 1_000 - 100);
    expect(other.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(other.destroyed).toBe(true);
  });

  it('keep one direction when the other has ended', async () => {
    const a = slowConnection();
    const b = slowConnection();
    splice(a.stream, b.stream);
    a.stream.push(null);
    await vi.advanceTimersByTimeAsync(60_000);
    b.stream.push('late answer');
    await vi.advanceTimersByTimeAsync(10);
    a.take();
    expect(a.received).toEqual(['late answer']);
    expect(b.stream.writableEnded).toBe(true);
    expect([a.stream.destroyed, b.stream.destroyed]).toEqual([false, false]);
  });

  it('pass everything on, however much one of them lets wait', async () => {
    let received = 0;
    const source = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
    const roomy = new Duplex({
      writableHighWaterMark: 1024 * 1024,
      read: () => undefined,
      write: (chunk: Buffer, _, done) => {
        received += chunk.length;
        setTimeout(done, 1);
      },
    });
    splice(source, roomy);
    for (let index = 0; index < 10; index++) source.push(Buffer.alloc(100_000));
    await vi.advanceTimersByTimeAsync(100);
    expect(received).toBe(1_000_000);
  });
});
