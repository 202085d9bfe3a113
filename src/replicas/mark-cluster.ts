import { X509Certificate } from 'node:crypto';
import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type ConfigMap, resources } from '../kube/types.ts';

const name = 'k3v-cluster';
const namespace = 'kube-system';

/** Which virtual cluster it is: its id, and the CA of its API servers; PEM. */
interface ClusterMark {
  id: string;
  caPem: string;
}

/**
 * Notes in the virtual cluster which one it is, once `claim` has been granted; whoever notes it first decides. Rejects with DATASTORE_TAKEN if it is another one,
 * before anything is claimed: then two data directories that know nothing of each other are on one datastore.
 */
export async function markCluster(
  virtual: KubeClient,
  { id, caPem }: ClusterMark,
  claim: () => Promise<void>,
): Promise<void> {
  const own = { id, ca: new X509Certificate(caPem).fingerprint256 };
  const found = await ifFound(virtual.get<ConfigMap>({ resource: resources.configMaps, namespace, name }));
  if (found) assertSame(found, own);
  await claim();
  if (!found) assertSame(await createOrGet(virtual, own), own);
}

function assertSame({ data = {} }: ConfigMap, { id, ca }: { id: string; ca: string }): void {
  if (data['id'] !== id) {
    throw new K3vError('DATASTORE_TAKEN', `the datastore holds the virtual cluster "${data['id']}", not "${id}"`, {
      hint: 'Give each virtual cluster a database of its own, or start this one with the --id of that.',
    });
  }
  if (data['ca'] === ca) return;
  throw new K3vError(
    'DATASTORE_TAKEN',
    'the virtual cluster in the datastore has other keys than this data directory',
    {
      hint: `Start it in the host namespace that has its keys (Secret k3v-${id}-keys), or with the data directory that has them.`,
    },
  );
}

async function createOrGet(virtual: KubeClient, data: Record<string, string>): Promise<ConfigMap> {
  for (;;) {
    try {
      return await virtual.create<ConfigMap>(resources.configMaps, { metadata: { name, namespace }, data });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const found = await ifFound(virtual.get<ConfigMap>({ resource: resources.configMaps, namespace, name }));
    if (found) return found;
  }
}
