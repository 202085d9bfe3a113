import { findAdvertiseAddress } from '../host/advertise-address.ts';
import type { Facts } from './facts.ts';

/** Returns the address under which pods of the host are told to find the virtual API server. */
export async function advertisedAddress(facts: Facts): Promise<string> {
  return facts.config.advertiseAddress ?? (await findAdvertiseAddress((await facts.host()).client.server));
}
