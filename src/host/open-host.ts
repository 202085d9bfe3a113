import type { KubeClient } from '../kube/client.ts';
import { findAdvertiseAddress } from './advertise-address.ts';
import { checkHost } from './check-host.ts';
import { readHostRights, requireRights } from './host-rights.ts';
import { findServiceRange } from './service-range.ts';

/** What k3v has found out about its host. */
export interface OpenHost {
  /** For example `v1.36.3`. */
  version: string;
  /** What k3v can do without and may not; see `HostRights`. */
  forbidden: string[];
  serviceCidr: string;
  /** The address under which pods of the host reach this machine. */
  advertiseAddress: string;
}

/**
 * Checks that k3v can work in `namespace` of the host, and finds out what it was not told. Rejects with K3vError: HOST_UNREACHABLE, HOST_UNAUTHORIZED,
 * HOST_TOO_OLD, HOST_NAMESPACE_MISSING, HOST_FORBIDDEN, SERVICE_RANGE_UNKNOWN.
 */
export async function openHost(
  client: KubeClient,
  namespace: string,
  given: { serviceCidr: string | undefined; advertiseAddress: string | undefined },
): Promise<OpenHost> {
  const version = await checkHost(client, namespace);
  const rights = await readHostRights(client, namespace);
  requireRights(rights, namespace);
  const serviceCidr = given.serviceCidr ?? (await findServiceRange(client, namespace));
  const advertiseAddress = given.advertiseAddress ?? (await findAdvertiseAddress(client.server));
  return { version, forbidden: rights.forbidden, serviceCidr, advertiseAddress };
}
