import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type Secret, resources } from '../kube/types.ts';

/** Label of the Secret; its value is the id of the virtual cluster. */
export const kubeconfigOf = 'k3v.io/kubeconfig-of';
/** The key in it, as K3K has it. */
export const kubeconfigKey = 'kubeconfig.yaml';

/**
 * Has the Secret `name` of the host namespace hold `kubeconfig` for the virtual cluster `id`. Rejects with FLAG_INVALID if the Secret is somebody else's, else as requests do.
 */
export async function publishKubeconfig(
  client: KubeClient,
  { namespace, name, id, kubeconfig }: { namespace: string; name: string; id: string; kubeconfig: string },
): Promise<void> {
  const ref = { resource: resources.secrets, namespace, name };
  const metadata = { name, namespace, labels: { [kubeconfigOf]: id } };
  const data = { [kubeconfigKey]: Buffer.from(kubeconfig).toString('base64') };
  for (;;) {
    const found = await ifFound(client.get<Secret>(ref));
    if (found && found.metadata.labels?.[kubeconfigOf] !== id) throw notOurs(namespace, name, id);
    try {
      if (found) await client.patch<Secret>(ref, 'merge', { metadata: { uid: found.metadata.uid }, data });
      else await client.create<Secret>(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data });
      return;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}

function notOurs(namespace: string, name: string, id: string): K3vError {
  return new K3vError('FLAG_INVALID', `--write-kubeconfig-secret: the Secret ${namespace}/${name} is not of k3v's`, {
    hint: `Choose another name; or, if it is to be taken, delete it or label it ${kubeconfigOf}=${id}.`,
  });
}
