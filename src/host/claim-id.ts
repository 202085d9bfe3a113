import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type ConfigMap, resources } from '../kube/types.ts';

/**
 * Claims `id` in the host namespace for the virtual cluster `owner` (the UID of its kube-system namespace), by the
 * ConfigMap `k3v-<id>`. Rejects with ID_TAKEN if another cluster has it.
 */
export async function claimId(client: KubeClient, namespace: string, id: string, owner: string): Promise<void> {
  const name = claimName(id);
  const claim: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { owner } };
  const held = await getOrCreate(client, claim);
  if (held.data?.['owner'] === owner) return;
  throw idTaken(namespace, id);
}

/** As `claimId`, but takes it from another cluster that has it: from one whose data is lost, say. That one ends with ID_TAKEN if it still runs. */
export async function takeId(client: KubeClient, namespace: string, id: string, owner: string): Promise<void> {
  const ref = { resource: resources.configMaps, namespace, name: claimName(id) };
  for (;;) {
    const taken = await ifFound(client.patch<ConfigMap>(ref, 'merge', { data: { owner } }));
    if (taken) return;
    // It was not there, and may have been made meanwhile.
    const made = await claimId(client, namespace, id, owner).then(
      () => true,
      (error: unknown) => {
        if (error instanceof K3vError && error.code === 'ID_TAKEN') return false;
        throw error;
      },
    );
    if (made) return;
  }
}

/** Returns ID_TAKEN, with what to do about it. */
export function idTaken(namespace: string, id: string): K3vError {
  return new K3vError(
    'ID_TAKEN',
    `the id "${id}" in host namespace "${namespace}" belongs to another virtual cluster`,
    {
      hint: `Choose another --id. If that cluster is gone for good, delete what it left: k3v uninstall --namespace ${namespace} --id ${id} with the --data-dir of that cluster, or with one that is not there.`,
    },
  );
}

/** Returns the name of the ConfigMap that says whose `id` is. */
export function claimName(id: string): string {
  return `k3v-${id}`;
}

/** Returns the ConfigMap that is there in the end, ours or another's. It is there at every start but the first: so that it is asked for before it is made. */
async function getOrCreate(client: KubeClient, claim: ConfigMap): Promise<ConfigMap> {
  const { namespace, name } = claim.metadata;
  for (;;) {
    const found = await ifFound(client.get<ConfigMap>({ resource: resources.configMaps, namespace, name }));
    if (found) return found;
    try {
      return await client.create(resources.configMaps, claim);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
