import { delay } from './delay.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Does `work` until it succeeds, with growing pauses after failures, of which `onFailure` hears. Resolves with whether it did: `signal` ends the tries. */
export async function keepTrying(
  work: () => Promise<void>,
  { onFailure, signal }: { onFailure: (error: unknown, retryAfterMs: number) => void; signal: AbortSignal },
): Promise<boolean> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await work();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      onFailure(error, pauseMs);
      await delay(pauseMs, signal);
    }
  }
  return false;
}
