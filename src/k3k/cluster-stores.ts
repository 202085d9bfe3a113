import type { KubeClient } from '../kube/client.ts';
import type { Informer } from '../kube/informer.ts';
import type { WatchMeter } from '../kube/reflector.ts';
import { createInformer } from '../kube/store-informer.ts';
import {
  type KubeObject,
  type LimitRange,
  type Namespace,
  type Node,
  type Pod,
  type Resource,
  type ResourceQuota,
  type Secret,
  type Service,
  type StatefulSet,
  joinKey,
  keyOf,
  resources,
} from '../kube/types.ts';
import { clusterLabel, clusterNamespaceLabel, policyLabel, policyManagedLabel } from './names.ts';
import { type Cluster, type VirtualClusterPolicy, k3kResources } from './types.ts';

/** What the controller knows of the host: copies of what it watches. Of what is made for Clusters they have what carries `clusterLabel`. */
export interface ClusterStores {
  clusters: Informer<Cluster>;
  policies: Informer<VirtualClusterPolicy>;
  namespaces: Informer<Namespace>;
  nodes: Informer<Node>;
  /** Of servers, agents and databases. */
  pods: Informer<Pod>;
  services: Informer<Service>;
  secrets: Informer<Secret>;
  statefulSets: Informer<StatefulSet>;
  /** Those that were made for policies. */
  resourceQuotas: Informer<ResourceQuota>;
  limitRanges: Informer<LimitRange>;
  /** The kinds of which objects are made for Clusters, in the order in which they go. */
  owned: readonly Informer<KubeObject>[];
  all: readonly Informer<KubeObject>[];
}

const byCluster = 'cluster';
const byNamespace = 'namespace';
const byPolicy = 'policy';

/** Returns what the controller watches, not started yet. `namespace`: the only one whose Clusters count; all if undefined. `meter` gives what is told of the lists and watches of a resource. */
export function createClusterStores({
  client,
  namespace,
  onError,
  meter,
}: {
  client: KubeClient;
  namespace: string | undefined;
  onError: (error: unknown) => void;
  meter?: ((resource: Resource) => WatchMeter) | undefined;
}): ClusterStores {
  const informer = <T extends KubeObject>(resource: Resource, labelSelector?: string): Informer<T> => {
    const scope = resource.namespaced ? { namespace } : {};
    return createInformer<T>({
      client,
      resource,
      options: { ...scope, labelSelector },
      onError,
      meter: meter?.(resource),
    });
  };
  const made = <T extends KubeObject>(resource: Resource): Informer<T> => {
    const found = informer<T>(resource, clusterLabel);
    found.addIndex(byCluster, (object) => [clusterOf(object) ?? []].flat());
    return found;
  };
  const clusters = informer<Cluster>(k3kResources.clusters);
  clusters.addIndex(byNamespace, ({ metadata }) => [metadata.namespace ?? '']);
  const namespaces = informer<Namespace>(resources.namespaces);
  const policies = informer<VirtualClusterPolicy>(k3kResources.policies);
  const nodes = informer<Node>(resources.nodes);
  const pods = made<Pod>(resources.pods);
  const statefulSets = made<StatefulSet>(resources.statefulSets);
  const services = made<Service>(resources.services);
  const secrets = made<Secret>(resources.secrets);
  const owned = [
    statefulSets,
    made(resources.deployments),
    made(resources.ingresses),
    services,
    made(resources.networkPolicies),
    made(resources.podDisruptionBudgets),
    made(resources.roleBindings),
    made(resources.roles),
    made(resources.serviceAccounts),
    secrets,
    made(resources.configMaps),
    made(resources.clusterRoleBindings),
    made(resources.clusterRoles),
  ] as Informer<KubeObject>[];
  const resourceQuotas = informer<ResourceQuota>(resources.resourceQuotas, policyManagedLabel);
  const limitRanges = informer<LimitRange>(resources.limitRanges, policyManagedLabel);
  for (const store of [namespaces, resourceQuotas, limitRanges]) store.addIndex(byPolicy, policiesOf);
  const others = [clusters, namespaces, policies, nodes, pods, resourceQuotas, limitRanges] as Informer<KubeObject>[];
  const all = [...others, ...owned];
  return {
    clusters,
    policies,
    namespaces,
    nodes,
    pods,
    services,
    secrets,
    statefulSets,
    resourceQuotas,
    limitRanges,
    owned,
    all,
  };
}

/** Returns the key of the Cluster that `object` was made for, as its labels say; undefined if they say nothing. */
export function clusterOf({ metadata: { namespace, labels } }: KubeObject): string | undefined {
  const name = labels?.[clusterLabel];
  const of = namespace ?? labels?.[clusterNamespaceLabel];
  return name === undefined || of === undefined ? undefined : joinKey(of, name);
}

/** Returns the keys of all Clusters that there are, or that something is left of. */
export function knownClusters({ clusters, owned }: Pick<ClusterStores, 'clusters' | 'owned'>): Set<string> {
  const left = owned.flatMap((store) => [...store.list()].flatMap((object) => clusterOf(object) ?? []));
  return new Set([...[...clusters.list()].map(keyOf), ...left]);
}

/** Returns what of `store` was made for the Cluster `key`. */
export function madeFor<T extends KubeObject>(store: Informer<T>, key: string): T[] {
  return store.byIndex(byCluster, key);
}

/** Returns the Clusters in `namespace`. */
export function clustersIn({ clusters }: Pick<ClusterStores, 'clusters'>, namespace: string): Cluster[] {
  return clusters.byIndex(byNamespace, namespace);
}

/** Returns the namespaces for which the policy `name` holds. */
export function namespacesUnder({ namespaces }: Pick<ClusterStores, 'namespaces'>, name: string): Namespace[] {
  return byPolicyIn(namespaces, name).filter(({ metadata }) => metadata.labels?.[policyLabel] === name);
}

/** Returns the names of the policies that hold for a namespace, or for which something was done to `object`. */
export function policiesOf({ metadata: { labels } }: KubeObject): string[] {
  return [...new Set([labels?.[policyLabel], labels?.[policyManagedLabel]].filter((name) => name !== undefined))];
}

/** Returns what of `store`, namespaces or what is made for policies, has to do with the policy `name`. */
export function byPolicyIn<T extends KubeObject>(store: Informer<T>, name: string): T[] {
  return store.byIndex(byPolicy, name);
}
