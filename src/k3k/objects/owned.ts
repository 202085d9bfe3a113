import { type ObjectMeta, type Resource, apiVersionOf } from '../../kube/types.ts';
import { clusterLabel, clusterNamespaceLabel } from '../names.ts';
import { type Cluster, k3kResources } from '../types.ts';

interface More {
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
}

/** Returns the metadata of the object `name` in the namespace of `cluster`: found by its label, and gone with the Cluster even if no controller runs. */
export function owned(cluster: Cluster, name: string, { labels, annotations }: More = {}): ObjectMeta {
  const { name: ownerName, namespace, uid = '' } = cluster.metadata;
  const { kind } = k3kResources.clusters;
  const apiVersion = apiVersionOf(k3kResources.clusters);
  return {
    name,
    namespace,
    labels: { ...labels, ...clusterLabels(cluster) },
    ...(annotations ? { annotations } : {}),
    ownerReferences: [{ apiVersion, kind, name: ownerName, uid, controller: true }],
  };
}

/** Returns the metadata of the cluster-scoped object `name`, which no Cluster can own: the finalizer deletes it, by its labels. */
export function ownedClusterWide(cluster: Cluster, name: string): ObjectMeta {
  return { name, labels: { ...clusterLabels(cluster), [clusterNamespaceLabel]: cluster.metadata.namespace ?? '' } };
}

/** Returns the labels by which everything of `cluster` in its namespace is found. */
export function clusterLabels({ metadata: { name } }: Cluster): Record<string, string> {
  return { [clusterLabel]: name };
}

/** Returns what an object of `resource` begins with. */
export function typed(resource: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind };
}
