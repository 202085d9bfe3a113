import { type Status, maxNamed } from '../cli/status.ts';
import { refusals } from '../syncer/standing.ts';
import type { ClusterFacts } from './page-data.ts';

/** Returns what the page shows of `status`. */
export function clusterFacts(status: Status): ClusterFacts {
  const { id, version, distro, datastore, startedAt, host, replica, forbidden, kinds } = status;
  return {
    id,
    version,
    distro,
    datastore,
    startedAt,
    host,
    leads: replica?.leads ?? true,
    forbidden,
    ...manifestFacts(status),
    kinds: kinds.map(({ plural, virtual, host: onHost, inSync, pending, refused, failing }) => ({
      plural,
      virtual,
      host: onHost,
      inSync,
      pending,
      refused,
      failing: Object.entries(failing).map(([key, { reason, message }]) => ({
        key,
        isRefused: refusals.has(reason ?? ''),
        ...(reason === undefined ? {} : { reason }),
        message,
      })),
    })),
  };
}

/** Who follows applies none. */
function manifestFacts({ manifests, replica }: Status): Pick<ClusterFacts, 'manifests'> {
  if (!manifests || replica?.leads === false) return {};
  const { waiting, broken } = manifests;
  const failing = Object.entries(waiting).map(([key, message]) => ({ key, isRefused: false, message }));
  return {
    manifests: {
      waiting: failing.length,
      failing: failing.slice(0, maxNamed),
      ...(broken === undefined ? {} : { broken }),
    },
  };
}
