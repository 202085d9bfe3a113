import type { KubeClient } from '../kube/client.ts';
import type { ServedResource } from '../kube/discovery.ts';
import { findAdvertiseAddress } from './advertise-address.ts';
import { checkHost } from './check-host.ts';
import { type FurtherKind, findHostKinds } from './host-kinds.ts';
import { readHostRights, requireReadableNodes, requireRights } from './host-rights.ts';
import { askOwnRights } from './own-rights.ts';
import { requireNamespace } from './require-namespace.ts';
import { findServiceRange } from './service-range.ts';

/** What k3v has found out about its host. */
export interface OpenHost {
  /** For example `v1.36.3`. */
  version: string;
  /** What k3v can do without and may not; see `HostRights`. */
  forbidden: string[];
  serviceCidr: string;
  /** By the names of the kinds beside those that k3v always needs: the versions in which the host serves them. */
  served: ReadonlyMap<string, ServedResource[]>;
  /** The address under which pods of the host reach this machine. */
  advertiseAddress: string;
}

/**
 * Checks that k3v can work in `namespace` of the host, with `kinds` beside those it always needs, and finds out what it was not told. Rejects with K3vError: HOST_UNREACHABLE, HOST_UNAUTHORIZED,
 * HOST_TOO_OLD, HOST_NAMESPACE_MISSING, HOST_API_MISSING, HOST_FORBIDDEN, SERVICE_RANGE_UNKNOWN.
 */
export async function openHost(
  client: KubeClient,
  namespace: string,
  given: { serviceCidr: string | undefined; advertiseAddress: string | undefined; nodes: string },
  kinds: FurtherKind[] = [],
): Promise<OpenHost> {
  const version = await checkHost(client);
  const own = await askOwnRights(client, namespace);
  await requireNamespace(client, namespace, own);
  const served = await findHostKinds(client, kinds);
  const rights = await readHostRights(
    own,
    namespace,
    kinds.flatMap((kind) => kind.rights),
  );
  requireRights(
    rights,
    namespace,
    kinds.map(({ name }) => name),
  );
  if (given.nodes === 'all') requireReadableNodes(rights, namespace);
  const serviceCidr = given.serviceCidr ?? (await findServiceRange(client, namespace));
  const advertiseAddress = given.advertiseAddress ?? (await findAdvertiseAddress(client.server));
  return { version, forbidden: rights.forbidden, served, serviceCidr, advertiseAddress };
}
