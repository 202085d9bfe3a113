import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';

const hourMs = 60 * 60 * 1000;

/** Calls `renew`, which makes anew what is near its end, every hour (or `checkMs`) until `signal` aborts; what it rejects with is logged, and it is called again the next time. Never rejects. */
export async function renewWhenDue(
  renew: () => Promise<void>,
  { checkMs = hourMs, log, signal }: { checkMs?: number | undefined; log: Logger; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await delay(checkMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      await renew();
    } catch (err) {
      log.error({ err }, 'could not renew certificates');
    }
  }
}
