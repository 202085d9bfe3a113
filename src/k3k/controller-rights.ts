import { rightsFor } from '../host-role-for.ts';
import { baseRights } from '../host/host-rights.ts';
import type { ResourceRight } from '../kube/resource-right.ts';
import { type Resource, resources } from '../kube/types.ts';
import { optInKinds } from '../syncer/registry.ts';
import { k3kResources } from './types.ts';

const hostWide = ({ group, plural }: Resource, verbs: ResourceRight['verbs'], subresource?: string): ResourceRight => ({
  group,
  plural,
  subresource,
  verbs,
  clusterWide: true,
  needed: true,
});

/** What the controller does itself, in all namespaces. */
const own: ResourceRight[] = [
  hostWide(k3kResources.clusters, ['get', 'list', 'watch', 'patch']),
  hostWide(k3kResources.clusters, ['patch'], 'status'),
  hostWide(k3kResources.policies, ['get', 'list', 'watch', 'patch']),
  hostWide(k3kResources.policies, ['patch'], 'status'),
  // Pod Security labels of a policy; the namespace that was made for one Cluster goes with it.
  hostWide(resources.namespaces, ['get', 'list', 'watch', 'patch', 'delete']),
  hostWide(resources.nodes, 'read'),
  hostWide(resources.events, ['create', 'patch']),
  ...[
    resources.statefulSets,
    resources.deployments,
    resources.ingresses,
    resources.services,
    resources.networkPolicies,
    resources.podDisruptionBudgets,
    resources.roleBindings,
    resources.roles,
    resources.serviceAccounts,
    resources.secrets,
    resources.configMaps,
    resources.clusterRoleBindings,
    resources.clusterRoles,
    resources.resourceQuotas,
    resources.limitRanges,
  ].map((resource) => hostWide(resource, 'write')),
];

/** What it gives to the servers of clusters, if theirs ask for all there is: an API server lets nobody give what they do not have. */
const granted: ResourceRight[] = [
  ...baseRights,
  ...rightsFor(['events', 'endpoints/restricted', 'nodes', 'storageclasses', ...optInKinds.map(({ name }) => name)]),
];

/** All that the controller of Clusters may do on the host, besides its Lease. */
export const controllerRights: readonly ResourceRight[] = [...own, ...granted].map((right) => ({
  ...right,
  clusterWide: true,
}));
