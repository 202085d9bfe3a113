import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with what `check` returns once it no longer throws; rejects with its last error after `timeoutMs` (default 20 s: a machine with other work is slow). */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 20_000, everyMs = 10 } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}
