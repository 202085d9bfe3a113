import type { KubeClient } from '../kube/client.ts';
import { delay } from '../kube/delay.ts';
import type { Logger } from '../log.ts';
import type { AddOn } from './add-on.ts';
import { applyAddOn, removeAddOn } from './apply-add-on.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * Applies the add-ons, or removes what `disabled` says. What the virtual API server refuses, because the host refuses its
 * Service for example, is logged and tried again with growing pauses; resolves when all is settled or `signal` aborts.
 */
export async function settleAddOns({
  client,
  addOns,
  disabled,
  log,
  signal,
}: {
  client: KubeClient;
  addOns: AddOn[];
  disabled: (addOn: AddOn) => boolean;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  for (const addOn of addOns) {
    const settle = disabled(addOn) ? removeAddOn : applyAddOn;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await settle(client, addOn, log);
        break;
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ addOn: addOn.name, reason, retryAfterMs: pauseMs }, 'add-on could not be brought in place');
        await delay(pauseMs, signal);
      }
    }
  }
}
