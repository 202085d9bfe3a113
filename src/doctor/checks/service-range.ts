import { findServiceRange } from '../../host/service-range.ts';
import type { Check } from '../check.ts';
import { ok } from '../finding.ts';
import { mayOrNotTried } from '../may.ts';

/** The range that the addresses of Services come from. */
export const serviceRangeCheck: Check = {
  name: 'service range',
  async run(facts) {
    const { serviceCidr } = facts.config;
    const { client, namespace } = await facts.host();
    if (serviceCidr !== undefined) return [ok(`${serviceCidr}, by --service-cidr`)];
    await mayOrNotTried(facts, 'create', 'services');
    return [ok(`${await findServiceRange(client, namespace)}, as the host says`)];
  },
};
