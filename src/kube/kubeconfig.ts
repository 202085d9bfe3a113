import { isAbsolute, join } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
// The package's index loads every Kubernetes API there is: 50 MB for good and 0.4 s. This part of it is 8 kB.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';

/** What a kubeconfig holds, in client-node's words; a `KubeConfig` of client-node is one too. */
export interface Kubeconfig {
  clusters: Cluster[];
  users: User[];
  contexts: Context[];
  currentContext: string;
}

/**
 * Returns the kubeconfig in the YAML or JSON `text`, its relative paths taken from `folder`. Throws an Error that says what is
 * wrong with it. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function parseKubeconfig(text: string, folder = '.'): Kubeconfig {
  const content: unknown = parse(text);
  if (typeof content !== 'object' || content === null || !('clusters' in content))
    throw new Error('it has no clusters');
  const { clusters, users, contexts, 'current-context': currentContext } = content as Record<string, unknown>;
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  const read = newUsers(users).map((user, index) => withTokenFile(user, rawUser(users, index), absolute));
  return {
    clusters: newClusters(clusters).map((each) => (each.caFile ? { ...each, caFile: absolute(each.caFile) } : each)),
    users: read.map((each) => ({
      ...each,
      ...(each.certFile ? { certFile: absolute(each.certFile) } : {}),
      ...(each.keyFile ? { keyFile: absolute(each.keyFile) } : {}),
    })),
    contexts: newContexts(contexts),
    currentContext: typeof currentContext === 'string' ? currentContext : '',
  };
}

/** Returns what the current context names; each is undefined if it is not there. */
export function currentOf(config: Kubeconfig): {
  context: Context | undefined;
  cluster: Cluster | undefined;
  user: User | undefined;
} {
  const context = config.contexts.find(({ name }) => name === config.currentContext);
  return {
    context,
    cluster: config.clusters.find(({ name }) => name === context?.cluster),
    user: config.users.find(({ name }) => name === context?.user),
  };
}

function rawUser(users: unknown, index: number): unknown {
  const entry: unknown = Array.isArray(users) ? users[index] : undefined;
  return Reflect.get(Object(entry), 'user');
}

/** Of a `tokenFile`, which wins over a `token`, client-node knows nothing but as this provider, its own for pods. */
function withTokenFile(user: User, raw: unknown, absolute: (path: string) => string): User {
  const path: unknown = Reflect.get(Object(raw), 'tokenFile');
  if (typeof path !== 'string' || path === '') return user;
  const { token: _, ...others } = user;
  return { ...others, authProvider: { name: 'tokenFile', config: { tokenFile: absolute(path) } } };
}
