import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { type ServedResource, servedVersions } from '../kube/discovery.ts';
import type { ResourceRight } from '../kube/resource-right.ts';

/** A kind beside those that k3v always needs. */
export interface FurtherKind {
  /** What `--sync` calls it. */
  name: string;
  rights: ResourceRight[];
}

/** Returns, by the names of `kinds`, the versions in which the host serves what each needs first. Throws HOST_API_MISSING. */
export async function findHostKinds(
  client: KubeClient,
  kinds: FurtherKind[],
): Promise<ReadonlyMap<string, ServedResource[]>> {
  const found = await Promise.all(
    kinds.map(async ({ name, rights }): Promise<[string, ServedResource[]]> => {
      const [main] = rights.filter(({ needed }) => needed);
      const versions = main ? await servedVersions(client, main) : [];
      if (main && versions.length === 0) throw missing(name, main);
      return [name, versions];
    }),
  );
  return new Map(found);
}

function missing(name: string, { group, plural }: ResourceRight): K3vError {
  return new K3vError('HOST_API_MISSING', `--sync ${name}: the host does not serve ${plural}.${group}`, {
    hint: `Install on the host what serves it (kubectl api-resources --api-group ${group}), or leave it out of --sync.`,
  });
}
