import type { KubeClient } from '../../src/kube/client.ts';
import { type ConfigMap, type KubeObject, type Pod, type Resource, resources } from '../../src/kube/types.ts';
import { createTranslator } from '../../src/translate/translator.ts';

const namespaced: Resource[] = [
  resources.statefulSets,
  resources.deployments,
  resources.pods,
  resources.services,
  resources.ingresses,
  resources.networkPolicies,
  resources.secrets,
  resources.configMaps,
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  resources.persistentVolumeClaims,
];
const wide: Resource[] = [resources.clusterRoles, resources.clusterRoleBindings];

/** Returns what there is on the host of the Cluster `name`: what was made for it, what k3v made in its namespace, and its records; as `kind/name`. */
export async function leftoversOf(client: KubeClient, namespace: string, name: string): Promise<string[]> {
  return [...(await objectsOf(client, namespace, name)).keys()].toSorted();
}

/** Returns the same, each with its UID. */
export async function objectsOf(client: KubeClient, namespace: string, name: string): Promise<Map<string, string>> {
  const lists = await Promise.all(
    [...namespaced, ...wide].map(async (resource) => {
      const { items } = await client.list<KubeObject>(resource, resource.namespaced ? { namespace } : {});
      return items
        .filter(({ metadata }) => isOf(metadata, namespace, name))
        .map(({ metadata }) => [`${resource.plural}/${metadata.name}`, metadata.uid ?? ''] as const);
    }),
  );
  return new Map(lists.flat());
}

function isOf({ name: found, labels = {} }: KubeObject['metadata'], namespace: string, name: string): boolean {
  return (
    found.startsWith(`k3k-${name}-`) ||
    found.startsWith(`data-k3k-${name}-`) ||
    found === `k3k:${namespace}:${name}` ||
    found === `k3v-${name}` ||
    labels['k3v.io/cluster'] === name
  );
}

/** Makes in `namespace` what the servers of the Cluster `name` would: the claim of its id, and a ConfigMap and a pod of its tenant. What is there already stays. */
export async function playWorkload(client: KubeClient, namespace: string, name: string): Promise<void> {
  const translator = createTranslator({ id: name, hostNamespace: namespace });
  const virtual = { metadata: { name: 'web', namespace: 'shop', uid: `of-${name}` } };
  const claim: ConfigMap = { metadata: { name: `k3v-${name}`, namespace }, data: { owner: `of-${name}` } };
  const pod: Pod = {
    ...translator.hostObject(resources.pods, virtual),
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'web' }] },
  };
  const made: [Resource, KubeObject][] = [
    [resources.configMaps, claim],
    [resources.configMaps, translator.hostObject(resources.configMaps, virtual)],
    [resources.pods, pod],
  ];
  for (const [resource, object] of made) {
    const { name: objectName } = object.metadata;
    await client.patch({ resource, namespace, name: objectName }, 'apply', typed(resource, object), {
      fieldManager: 'server',
      force: true,
    });
  }
}

function typed({ group, version, kind }: Resource, object: KubeObject): KubeObject {
  return { ...object, apiVersion: group === '' ? version : `${group}/${version}`, kind };
}
