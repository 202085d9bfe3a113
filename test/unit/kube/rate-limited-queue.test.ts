import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorkQueue } from '../../../src/kube/rate-limited-queue.ts';
import type { WorkQueue } from '../../../src/kube/work-queue.ts';

/** Takes without waiting: undefined if nothing is handed out. */
async function tryTake(queue: WorkQueue): Promise<string | undefined> {
  return await Promise.race([queue.take(), Promise.resolve().then(() => undefined)]);
}

describe('a work queue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('hands keys out in the order they came', async () => {
    const queue = createWorkQueue();
    for (const key of ['b', 'a', 'c']) queue.add(key);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['b', 'a', 'c']);
  });

  it('hands a key out once, however often it was added before', async () => {
    const queue = createWorkQueue();
    for (let i = 0; i < 100; i += 1) queue.add('a');
    expect(queue.depth).toBe(1);
    expect(await queue.take()).toBe('a');
    expect(queue.depth).toBe(0);
  });

  it('hands a key that was added during its work out again, after done and not before', async () => {
    const queue = createWorkQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    const next = queue.take();
    queue.add('b');
    expect(await next).toBe('b');
    queue.done('a');
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  it('gives a waiting taker the key as soon as it comes', async () => {
    const queue = createWorkQueue();
    const takes = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(takes)).toEqual(['a', 'b']);
  });

  it('doubles the wait of a failing key up to the maximum, and forgets', async () => {
    const queue = createWorkQueue({ baseDelayMs: 5, maxDelayMs: 30 });
    const waits: number[] = [];
    const fail = async () => {
      const startedAt = Date.now();
      queue.addRateLimited('a');
      await vi.advanceTimersToNextTimerAsync();
      expect(await queue.take()).toBe('a');
      queue.done('a');
      waits.push(Date.now() - startedAt);
    };
    for (let i = 0; i < 5; i += 1) await fail();
    queue.forget('a');
    await fail();
    expect(waits).toEqual([5, 10, 20, 30, 30, 5]);
  });

  it('keeps the earlier of two delays of one key', async () => {
    const queue = createWorkQueue();
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 10);
    queue.addAfter('a', 5_000);
    await vi.advanceTimersByTimeAsync(10);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(queue.depth).toBe(0);
  });

  it('does not add at once what is due in more days than a timer can count', async () => {
    const queue = createWorkQueue();
    queue.addAfter('a', 90 * 24 * 3_600_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.depth).toBe(0);
  });

  it('ends takers and timers when it is shut down, and takes nothing more', async () => {
    const queue = createWorkQueue();
    const waiting = queue.take();
    queue.addAfter('later', 1_000);
    queue.shutDown();
    queue.add('a');
    queue.addAfter('b', 0);
    queue.addRateLimited('c');
    expect(await waiting).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
    expect(await tryTake(queue)).toBeUndefined();
  });

  it('begins afresh when it is reopened: of the keys, waits and failures from before nothing is left', async () => {
    const queue = createWorkQueue({ baseDelayMs: 5 });
    queue.add('worked');
    await queue.take();
    queue.add('worked');
    queue.add('waiting');
    queue.addRateLimited('failing');
    queue.addRateLimited('failing');
    queue.shutDown();
    queue.done('worked');
    queue.add('late');
    expect(await queue.take()).toBeUndefined();
    queue.reopen();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.depth).toBe(0);
    queue.addRateLimited('failing');
    await vi.advanceTimersByTimeAsync(5);
    expect(await queue.take()).toBe('failing');
  });
});
