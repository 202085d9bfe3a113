import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type ConfigMap, resources } from '../kube/types.ts';

/**
 * Claims `id` in the host namespace for the virtual cluster `owner` (the UID of its kube-system namespace), by the
 * ConfigMap `k3v-<id>`. Rejects with ID_TAKEN if another cluster has it.
 */
export async function claimId(client: KubeClient, namespace: string, id: string, owner: string): Promise<void> {
  const name = `k3v-${id}`;
  const claim: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { owner } };
  const held = await createOrGet(client, claim);
  if (held.data?.['owner'] === owner) return;
  throw new K3vError('ID_TAKEN', `the id "${id}" in host namespace "${namespace}" belongs to another virtual cluster`, {
    hint: `Choose another --id. If that cluster is gone for good, delete what it left: kubectl -n ${namespace} delete all,endpoints,configmap,secret,pvc -l k3v.io/cluster=${id} and configmap ${name}.`,
  });
}

/** Returns the ConfigMap that is there in the end, ours or another's. One that vanishes between the two requests is made anew. */
async function createOrGet(client: KubeClient, claim: ConfigMap): Promise<ConfigMap> {
  for (;;) {
    try {
      return await client.create(resources.configMaps, claim);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const { namespace, name } = claim.metadata;
    const found = await ifFound(client.get<ConfigMap>({ resource: resources.configMaps, namespace, name: name ?? '' }));
    if (found) return found;
  }
}
