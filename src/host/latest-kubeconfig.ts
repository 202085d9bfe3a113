import { type Kubeconfig, currentOf } from '../kube/kubeconfig.ts';

/**
 * Returns a function that returns what `first` has become, by `reread`: tokens and certificates that were written into it since are used. Left
 * out is what is no kubeconfig, as while it is being written, and what leads to another server: k3v works on the host that it began on.
 */
export function latestKubeconfig(first: Kubeconfig, reread: () => Kubeconfig): () => Kubeconfig {
  const serverOf = (config: Kubeconfig) => currentOf(config).cluster?.server;
  let latest = first;
  return () => {
    try {
      const found = reread();
      if (serverOf(found) === serverOf(first)) latest = found;
    } catch {
      // What was read before may still be good; if it is not, the host says so.
    }
    return latest;
  };
}
