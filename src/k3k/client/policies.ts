import { K3vError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ifFound, isAlreadyExists } from '../../kube/errors.ts';
import { type KubeObject, type Namespace, apiVersionOf, resources } from '../../kube/types.ts';
import { policyLabel } from '../names.ts';
import { type VirtualClusterPolicy, k3kResources } from '../types.ts';
import { bindNamespace } from './cluster-namespace.ts';
import { cliManager } from './create-cluster.ts';

/** What a policy is made of. */
interface WantedPolicy {
  name: string;
  mode: string | undefined;
  labels: Record<string, string> | undefined;
  annotations: Record<string, string> | undefined;
  namespaces: readonly string[];
  overwrite: boolean;
}

/** Makes a policy and binds namespaces to it. Rejects, before anything is made, with HOST_NAMESPACE_MISSING or, if one is bound to another policy, CLUSTER_REFUSED; else with CLUSTER_EXISTS or as requests do. */
export async function createPolicy(client: KubeClient, wanted: WantedPolicy): Promise<void> {
  const { name, mode, labels, annotations, namespaces, overwrite } = wanted;
  const found = await Promise.all(namespaces.map(async (each) => await namespaceOf(client, each)));
  const other = found.find(({ metadata }) => (metadata.labels?.[policyLabel] ?? name) !== name);
  if (other && !overwrite) {
    const { name: namespace, labels: bound } = other.metadata;
    throw new K3vError('CLUSTER_REFUSED', `namespace ${namespace} is bound to the policy ${bound?.[policyLabel]}`, {
      hint: 'Give --overwrite to bind it to this one.',
    });
  }
  const policy: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(k3kResources.policies),
    kind: k3kResources.policies.kind,
    metadata: { name, labels, annotations },
    spec: mode === undefined ? {} : { allowedMode: mode },
  };
  try {
    await client.create<KubeObject>(k3kResources.policies, policy, { fieldManager: cliManager });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw new K3vError('CLUSTER_EXISTS', `there is a policy ${name} already`, {
      hint: `kubectl edit virtualclusterpolicy ${name} changes it; kubectl label namespace <namespace> ${policyLabel}=${name} binds a namespace to it.`,
    });
  }
  for (const namespace of found) await bindNamespace(client, namespace, name, { overwrite });
}

async function namespaceOf(client: KubeClient, name: string): Promise<Namespace> {
  const found = await ifFound(client.get<Namespace>({ resource: resources.namespaces, name }));
  if (found) return found;
  throw new K3vError('HOST_NAMESPACE_MISSING', `the host has no namespace ${name}`, {
    hint: `Make it: kubectl create namespace ${name}.`,
  });
}

/** Resolves with the policy. Rejects with CLUSTER_MISSING, or as requests do. */
export async function findPolicy(client: KubeClient, name: string): Promise<VirtualClusterPolicy> {
  // The list tells a policy that is not there from a host that knows none.
  const { items } = await client.list<VirtualClusterPolicy>(k3kResources.policies, {
    fieldSelector: `metadata.name=${name}`,
  });
  const [policy] = items;
  if (policy) return policy;
  throw new K3vError('CLUSTER_MISSING', `there is no policy ${name}`, { hint: 'k3v policy list shows what there is.' });
}

/** Resolves with the names of the namespaces that are bound to the policy. */
export async function boundNamespaces(client: KubeClient, policy: string): Promise<string[]> {
  const { items } = await client.list<Namespace>(resources.namespaces, { labelSelector: `${policyLabel}=${policy}` });
  return items.map(({ metadata }) => metadata.name);
}
