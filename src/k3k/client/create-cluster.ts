import { K3vError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isAlreadyExists } from '../../kube/errors.ts';
import { type KubeObject, type Secret, apiVersionOf, resources } from '../../kube/types.ts';
import { namesOf } from '../names.ts';
import { type Cluster, type VirtualClusterPolicy, k3kResources } from '../types.ts';
import { hasOwnNamespace, makeNamespace } from './cluster-namespace.ts';
import type { ClusterName } from './find-cluster.ts';
import { ifThere } from './host-answer.ts';
import type { Authority } from './read-authorities.ts';

/** Who writes, for the record of the API server. */
export const cliManager = 'k3v-cli';

/** What a cluster is made of. */
export interface WantedCluster {
  target: ClusterName;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: Record<string, unknown>;
  token: string | undefined;
  authorities: readonly Authority[];
  policy: string | undefined;
}

/**
 * Makes a Cluster, with its namespace and the Secrets that it names. Rejects with CLUSTER_EXISTS, CLUSTER_MISSING (of the policy), CLUSTER_REFUSED, or as requests do; what was made
 * before is then taken away.
 */
export async function createCluster(client: KubeClient, wanted: WantedCluster, signal: AbortSignal): Promise<Cluster> {
  const { target, policy } = wanted;
  const { namespace, name } = target;
  if (policy !== undefined) await requirePolicy(client, policy);
  const found = await ifThere(client.get<Cluster>({ resource: k3kResources.clusters, ...target }));
  if (found) throw exists(target);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    if (await makeNamespace(client, target, { policy, signal })) {
      undo.unshift(async () => await client.delete({ resource: resources.namespaces, name: namespace }));
    }
    const secrets: Secret[] = [];
    for (const secret of secretsOf(wanted)) {
      const ref = { resource: resources.secrets, namespace, name: secret.metadata.name };
      // What a cluster of that name has left behind is of no use any more.
      secrets.push(await client.patch<Secret>(ref, 'apply', secret, { fieldManager: cliManager, force: true }));
      undo.unshift(async () => await client.delete(ref));
    }
    const cluster = await post(client, clusterOf(wanted));
    undo.length = 0;
    await giveTo(client, cluster, secrets);
    return cluster;
  } catch (error) {
    for (const step of undo) await step().catch(() => undefined);
    if (isAlreadyExists(error)) throw exists({ namespace, name });
    throw error;
  }
}

/** A field that the host does not know is an error, not nothing. */
async function post(client: KubeClient, cluster: KubeObject): Promise<Cluster> {
  const { namespace = '' } = cluster.metadata;
  const { group, version, plural } = k3kResources.clusters;
  const path = `/apis/${group}/${version}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  const query = new URLSearchParams({ fieldManager: cliManager, fieldValidation: 'Strict' });
  return (await client.request('POST', `${path}?${query.toString()}`, { body: cluster })) as Cluster;
}

/** Returns the Secrets that the Cluster names. They have no label of k3k, as they are not the controller's. */
function secretsOf({ target, token, authorities }: WantedCluster): Secret[] {
  const secret = (name: string, type: string, stringData: Record<string, string>): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: target.namespace },
    type,
    data: Object.fromEntries(
      Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  });
  return [
    ...(token === undefined ? [] : [secret(namesOf(target.name).token, 'Opaque', { token })]),
    ...authorities.map(({ secret: end, files }) => secret(authoritySecret(target.name, end), 'Opaque', { ...files })),
  ];
}

function authoritySecret(name: string, end: string): string {
  return `k3k-${name}-${end}`;
}

/** Returns the Cluster as it is asked for. */
function clusterOf({
  target,
  labels,
  annotations,
  spec,
  token,
  authorities,
}: WantedCluster): KubeObject & { spec: object } {
  const { namespace, name } = target;
  const sources = authorities.map(({ source, secret }) => [source, { secretName: authoritySecret(name, secret) }]);
  return {
    apiVersion: apiVersionOf(k3kResources.clusters),
    kind: 'Cluster',
    metadata: { name, namespace, labels, annotations },
    spec: {
      ...spec,
      ...(token === undefined ? {} : { tokenSecretRef: { name: namesOf(name).token, namespace } }),
      ...(sources.length === 0 ? {} : { customCAs: { enabled: true, sources: Object.fromEntries(sources) } }),
    },
  };
}

/** Has the Secrets go with the Cluster. */
async function giveTo(client: KubeClient, { metadata: { name, uid = '' } }: Cluster, secrets: Secret[]): Promise<void> {
  const owner = { apiVersion: apiVersionOf(k3kResources.clusters), kind: 'Cluster', name, uid };
  for (const { metadata } of secrets) {
    const ref = { resource: resources.secrets, namespace: metadata.namespace, name: metadata.name };
    await client.patch<Secret>(ref, 'merge', { metadata: { ownerReferences: [owner] } });
  }
}

async function requirePolicy(client: KubeClient, name: string): Promise<void> {
  const found = await ifThere(client.get<VirtualClusterPolicy>({ resource: k3kResources.policies, name }));
  if (found) return;
  throw new K3vError('CLUSTER_MISSING', `there is no policy ${name}`, {
    hint: `k3v policy list shows what there is; k3v policy create ${name} makes it.`,
  });
}

function exists(target: ClusterName): K3vError {
  const name = hasOwnNamespace(target) ? target.name : `${target.namespace}/${target.name}`;
  return new K3vError('CLUSTER_EXISTS', `there is a cluster ${target.namespace}/${target.name} already`, {
    hint: `Change it with k3v cluster update ${name}, or delete it with k3v cluster delete ${name}.`,
  });
}
