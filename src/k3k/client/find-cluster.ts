import { K3vError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isNotFound } from '../../kube/errors.ts';
import { type Cluster, k3kResources } from '../types.ts';
import { hostAnswer } from './host-answer.ts';

/** Which cluster is meant. */
export interface ClusterName {
  namespace: string;
  name: string;
}

/** Returns its namespace and name, as people read them. */
export function nameOf({ namespace, name }: ClusterName): string {
  return `${namespace}/${name}`;
}

/** Returns the word by which the next command names it. */
export function wordFor(target: ClusterName): string {
  return target.namespace === `k3k-${target.name}` ? target.name : nameOf(target);
}

/** Returns the name of its context in kubeconfigs. No namespace has a slash in its name, so no two clusters have one context. */
export function contextFor(target: ClusterName): string {
  return target.namespace === `k3k-${target.name}` ? target.namespace : nameOf(target);
}

/** Resolves with the Cluster. Rejects with CLUSTER_MISSING, which says in which namespaces there are others of the name, or as `hostAnswer` says. */
export async function findCluster(
  client: KubeClient,
  target: ClusterName,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Cluster> {
  try {
    return await client.get<Cluster>({ resource: k3kResources.clusters, ...target }, signal ? { signal } : {});
  } catch (error) {
    if (!isNotFound(error) || hostAnswer(error)?.code === 'OPERATOR_MISSING') throw error;
    throw new K3vError('CLUSTER_MISSING', `there is no cluster ${target.namespace}/${target.name}`, {
      hint: await elsewhere(client, target),
      cause: error,
    });
  }
}

async function elsewhere(client: KubeClient, { name }: ClusterName): Promise<string> {
  try {
    const { items } = await client.list<Cluster>(k3kResources.clusters, { fieldSelector: `metadata.name=${name}` });
    const found = items.map(({ metadata: { namespace = '' } }) => `${namespace}/${name}`);
    if (found.length > 0) return `There is ${found.join(', ')}: name the namespace, too.`;
  } catch {
    // Whoever may see one namespace only is not told of others.
  }
  return 'k3v cluster list shows what there is.';
}
