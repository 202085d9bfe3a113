import type { KubeClient } from '../kube/client.ts';
import { ifFound } from '../kube/errors.ts';
import type { Lister } from '../kube/informer.ts';
import { type Namespace, resources } from '../kube/types.ts';
import { policyLabel } from './names.ts';
import { type Cluster, type VirtualClusterPolicy, k3kResources } from './types.ts';

/** What is known of namespaces and policies, and the host that knows more. */
interface PolicySources {
  client: Pick<KubeClient, 'get'>;
  stores: { namespaces: Pick<Lister<Namespace>, 'get'>; policies: Pick<Lister<VirtualClusterPolicy>, 'get'> };
}

/**
 * Returns the policy that holds for the namespace of `cluster`, if there is one, or the name of one that is not there. A Cluster may be seen before its namespace and the policy, which are
 * watched each by itself: the host is asked for what nobody has seen yet.
 */
export async function policyFor(
  { metadata: { namespace = '' } }: Cluster,
  { client, stores }: PolicySources,
): Promise<VirtualClusterPolicy | { missing: string } | undefined> {
  const namespaceRef = { resource: resources.namespaces, name: namespace };
  const within = stores.namespaces.get(namespace) ?? (await ifFound(client.get<Namespace>(namespaceRef)));
  const name = within?.metadata.labels?.[policyLabel];
  if (!name) return undefined;
  const policyRef = { resource: k3kResources.policies, name };
  const policy = stores.policies.get(name) ?? (await ifFound(client.get<VirtualClusterPolicy>(policyRef)));
  return policy ?? { missing: name };
}
