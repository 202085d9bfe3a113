import type { KubeClient } from '../kube/client.ts';
import { keepTrying } from '../kube/keep-trying.ts';
import type { Logger } from '../log.ts';
import type { AddOn } from './add-on.ts';
import { applyAddOn, removeAddOn } from './apply-add-on.ts';

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
    await keepTrying(() => settle(client, addOn, log), {
      onFailure(error, retryAfterMs) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ addOn: addOn.name, reason, retryAfterMs }, 'add-on could not be brought in place');
      },
      signal,
    });
  }
}
