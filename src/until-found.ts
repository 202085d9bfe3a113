import { setTimeout as delay } from 'node:timers/promises';

const attempts = 100;
const pauseMs = 100;

/** Resolves with what `find` does, which the API server makes itself a moment after it is ready; rejects as `find` does after ten seconds. */
export async function untilFound<T>(find: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await find();
    } catch (error) {
      if (attempt > attempts) throw error;
      await delay(pauseMs);
    }
  }
}
