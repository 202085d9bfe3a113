import type { KubeconfigContent } from '../control-plane/kubeconfig.ts';
import { kubeconfigYaml } from '../control-plane/kubeconfig.ts';
import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { clientFromKubeConfig } from '../kube/client-from-kubeconfig.ts';
import { StatusError } from '../kube/errors.ts';
import { currentOf, parseKubeconfig } from '../kube/kubeconfig.ts';

type Credentials = Pick<KubeconfigContent, 'namespace'> & ({ certPem: string; keyPem: string } | { token: string });

/**
 * Resolves with a kubeconfig for another user than the admin, whose kubeconfig is the text `admin`: `issue` has the API server that it leads to make their credentials. `server`: the URL in
 * it, default that of `admin`. Rejects with USER_REFUSED where that API server refuses.
 */
export async function userKubeconfig(
  admin: string,
  { contextName, server }: { contextName: string; server?: string | undefined },
  issue: (client: KubeClient) => Promise<Credentials>,
): Promise<string> {
  const config = parseKubeconfig(admin);
  const { cluster } = currentOf(config);
  if (!cluster?.caData) throw new Error('the kubeconfig of the admin names no cluster with a CA');
  const client = clientFromKubeConfig(config);
  try {
    const caPem = Buffer.from(cluster.caData, 'base64').toString('utf8');
    return kubeconfigYaml({ server: server ?? cluster.server, caPem, contextName, ...(await issue(client)) });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw new K3vError('USER_REFUSED', `the virtual cluster refuses: ${error.message}`, { cause: error });
  } finally {
    client.close();
  }
}
