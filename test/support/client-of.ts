import { loadKubeconfig } from '../../src/host/load-kubeconfig.ts';
import { clientFromKubeConfig } from '../../src/kube/client-from-kubeconfig.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';

/** Returns a client with the credentials in the file `kubeconfig`. */
export function clientOf(kubeconfig: string): StreamingKubeClient {
  const loaded = loadKubeconfig({ kubeconfig, context: undefined, env: {} });
  if (!loaded) throw new Error(`no kubeconfig at ${kubeconfig}`);
  return clientFromKubeConfig(loaded.config);
}
