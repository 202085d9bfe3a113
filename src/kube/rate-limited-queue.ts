import type { QueueMeter, WorkQueue } from './work-queue.ts';

/** Node fires a longer timer at once; a key that comes early does no harm. */
const maxTimerMs = 2 ** 31 - 1;

/** Returns an empty work queue. A key's back-off begins at `baseDelayMs` (5) and doubles to `maxDelayMs` (60,000). `meter` is told of what happens. */
export function createWorkQueue({
  baseDelayMs = 5,
  maxDelayMs = 60_000,
  meter,
}: {
  baseDelayMs?: number;
  maxDelayMs?: number;
  meter?: QueueMeter | undefined;
} = {}): WorkQueue {
  const waiting = new Set<string>();
  const working = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { timer: NodeJS.Timeout; dueMs: number }>();
  const takers: ((key: string | undefined) => void)[] = [];
  let ended = false;

  const dispatch = () => {
    while (takers.length > 0) {
      const [key] = waiting;
      if (key === undefined) return;
      waiting.delete(key);
      working.add(key);
      meter?.taken(key);
      takers.shift()?.(key);
    }
  };
  const add = (key: string) => {
    if (ended) return;
    const wanting = working.has(key) ? again : waiting;
    if (!wanting.has(key)) meter?.added(key);
    wanting.add(key);
    dispatch();
  };
  const addAfter = (key: string, delayMs: number) => {
    if (ended) return;
    if (delayMs <= 0) return add(key);
    const dueMs = performance.now() + delayMs;
    const earlier = timers.get(key);
    if (earlier && earlier.dueMs <= dueMs) return;
    clearTimeout(earlier?.timer);
    const timer = setTimeout(
      () => {
        timers.delete(key);
        add(key);
      },
      Math.min(delayMs, maxTimerMs),
    );
    timers.set(key, { timer, dueMs });
  };
  return {
    add,
    addAfter,
    addRateLimited(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      meter?.retried();
      addAfter(key, Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(count, 30)));
    },
    forget: (key) => void failures.delete(key),
    take: () =>
      new Promise((resolve) => {
        if (ended) return resolve(undefined);
        takers.push(resolve);
        dispatch();
      }),
    done(key) {
      working.delete(key);
      meter?.done(key);
      if (again.delete(key)) waiting.add(key);
      dispatch();
    },
    get depth() {
      return waiting.size;
    },
    has: (key) => waiting.has(key),
    shutDown() {
      ended = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      waiting.clear();
      again.clear();
      failures.clear();
      meter?.cleared();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    reopen: () => void (ended = false),
  };
}
