import { networkInterfaces } from 'node:os';
import { advertisedAddress } from '../advertised-address.ts';
import type { Check } from '../check.ts';
import { ok, warn } from '../finding.ts';

/** The address by which pods of the host look for the virtual API server. Whether they reach it, only a pod can tell. */
export const advertiseAddressCheck: Check = {
  name: 'address',
  async run(facts) {
    const address = await advertisedAddress(facts);
    const given = facts.config.advertiseAddress === undefined ? 'found out' : 'by --advertise-address';
    const about = `pods of the host find the virtual API server at ${address} (${given})`;
    if (address === '::1' || address.startsWith('127.')) {
      const todo = 'Name one that leads from the host to this machine with --advertise-address.';
      return [warn(`${about}, which leads them to themselves`, todo)];
    }
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const isOwn = own.some((each) => each.address === address);
    return [ok(isOwn ? about : `${about}; it is not of this machine, so something has to pass it on`)];
  },
};
