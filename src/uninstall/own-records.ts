import { claimName } from '../host/claim-id.ts';
import { kubeconfigOf } from '../host/kubeconfig-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound } from '../kube/errors.ts';
import { type ConfigMap, type Resource, type Secret, resources } from '../kube/types.ts';
import { keysName } from '../replicas/share-keys.ts';

/** What k3v keeps on the host for itself, under names that only it uses. */
export interface OwnRecords {
  /** Who owns the id. */
  claim: ConfigMap | undefined;
  /** The keys that replicas share. */
  keys: Secret | undefined;
  /** Those that hold the tenant's kubeconfig. */
  kubeconfigs: Secret[];
}

/** Returns the records of `id`. What has one of their names and another content is somebody else's. */
export async function findRecords(client: KubeClient, namespace: string, id: string): Promise<OwnRecords> {
  const claim = await ifFound(
    client.get<ConfigMap>({ resource: resources.configMaps, namespace, name: claimName(id) }),
  );
  const keys = await ifFound(client.get<Secret>({ resource: resources.secrets, namespace, name: keysName(id) }));
  const { items: kubeconfigs } = await client.list<Secret>(resources.secrets, {
    namespace,
    labelSelector: `${kubeconfigOf}=${id}`,
  });
  return {
    kubeconfigs,
    claim: claim?.data?.['owner'] === undefined ? undefined : claim,
    keys: keys?.data?.['ca.crt'] === undefined ? undefined : keys,
  };
}

/** Deletes the records, the claim last: as long as it is there, the id is taken. */
export async function removeRecords(
  client: KubeClient,
  namespace: string,
  { claim, keys, kubeconfigs }: OwnRecords,
): Promise<void> {
  for (const each of kubeconfigs) await remove(client, resources.secrets, namespace, each);
  if (keys) await remove(client, resources.secrets, namespace, keys);
  if (claim) await remove(client, resources.configMaps, namespace, claim);
}

async function remove(
  client: KubeClient,
  resource: Resource,
  namespace: string,
  { metadata: { name, uid } }: ConfigMap | Secret,
): Promise<void> {
  await ifFound(client.delete({ resource, namespace, name }, { uid }));
}
