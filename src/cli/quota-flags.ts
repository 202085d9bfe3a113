import { K3vError } from '../errors.ts';
import {
  type ContainerDefaults,
  containerDefaults,
  contradictionIn,
  parseDefaults,
} from '../quota/container-defaults.ts';
import { parseQuota } from '../quota/parse-quota.ts';
import { type Amounts, quantityFor } from '../quota/quota.ts';
import type { Picked } from './picked.ts';
import { parsedItems } from './parsed-items.ts';

/**
 * Returns the quota, undefined for none, and what containers get that say nothing themselves. A setting is `<name>=<amount>`, several with commas or in a
 * list, or in a file also a map. Throws FLAG_INVALID.
 */
export function quotaOf(settings: { quota: Picked; requests: Picked; limits: Picked }): {
  quota: Amounts | undefined;
  containerDefaults: ContainerDefaults | undefined;
} {
  const amounts = parsedItems(settings.quota, parseQuota);
  const quota = amounts.size > 0 ? amounts : undefined;
  const given = {
    requests: parsedItems(settings.requests, parseDefaults),
    limits: parsedItems(settings.limits, parseDefaults),
  };
  const name = contradictionIn(given);
  if (name !== undefined) {
    const words = (part: Amounts) => quantityFor(name, part.get(name) ?? 0);
    throw new K3vError(
      'FLAG_INVALID',
      `${settings.requests.from} has ${name}=${words(given.requests)}, but ${settings.limits.from} has ${name}=${words(given.limits)}`,
      { hint: 'A container cannot request more than its limit.' },
    );
  }
  return { quota, containerDefaults: containerDefaults(quota, given) };
}
