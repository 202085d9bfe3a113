import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type Secret, joinKey, keyOf, resources, splitKey } from '../kube/types.ts';
import type { ClusterContext, HostFacts, Images } from './cluster-context.ts';
import type { ClusterStores } from './cluster-stores.ts';
import { mergePolicy } from './merge-policy.ts';
import { fieldManager, namesOf } from './names.ts';
import { authorities } from './authorities.ts';
import { customSecretKeys } from './custom-authorities.ts';
import { etcdKeys } from './etcd-keys.ts';
import { hasEtcd } from './etcd-members.ts';
import { virtualKubeconfig } from './virtual-kubeconfig.ts';
import { addonsOf } from './objects/addons.ts';
import { owned, typed } from './objects/owned.ts';
import type { Cluster, VirtualClusterPolicy } from './types.ts';

/** What the controller knows and makes Clusters with. */
export interface Surroundings {
  client: KubeClient;
  stores: ClusterStores;
  images: Images;
  host: () => HostFacts;
}

/** Returns all that the objects of `cluster` are worked out from. Reads the Secrets that it names. */
export async function gatherContext(
  cluster: Cluster,
  policy: VirtualClusterPolicy | undefined,
  { client, stores, images, host }: Surroundings,
): Promise<ClusterContext> {
  const { name, namespace = '' } = cluster.metadata;
  const names = namesOf(name);
  const spec = mergePolicy(cluster.spec, policy);
  const secrets = new Map<string, Secret>();
  const named = [...addonsOf({ cluster, spec }).map(({ source }) => source), ...customSecretKeys({ cluster, spec })];
  for (const source of named) {
    const found = await readSecret(source, client);
    if (found) secrets.set(source, found);
  }
  const { name: tokenName, namespace: tokenNamespace = namespace } = spec.tokenSecretRef ?? {};
  const token =
    tokenName === undefined
      ? stores.secrets.get(joinKey(namespace, names.token))
      : await readSecret(joinKey(tokenNamespace, tokenName), client);
  return {
    cluster,
    spec,
    ...(policy ? { policy } : {}),
    images,
    host: host(),
    service: stores.services.get(joinKey(namespace, names.service)),
    token,
    etcdKeys: stores.secrets.get(joinKey(namespace, names.etcdKeys)),
    authorities: stores.secrets.get(joinKey(namespace, names.authorities)),
    secrets,
  };
}

/** Returns `context` with all Secrets that the controller makes once, and renews: its token, and its keys. They are made where there are none yet. */
export async function requireSecrets(
  context: ClusterContext,
  surroundings: Pick<Surroundings, 'client' | 'stores'>,
): Promise<ClusterContext> {
  const token = await requireToken(context, surroundings);
  const ensure = async (
    found: Secret | undefined,
    wanted: (found: Secret | undefined) => Promise<Secret | undefined>,
  ) => await writeKeys(await wanted(found), found, surroundings);
  // One that another controller has made a moment ago is not among those that are watched yet.
  const current = async (found: Secret | undefined, name: string) =>
    found ?? (await readSecret(joinKey(context.cluster.metadata.namespace ?? '', name), surroundings.client));
  const names = namesOf(context.cluster.metadata.name);
  return {
    ...context,
    token,
    etcdKeys: hasEtcd(context)
      ? await ensure(
          await current(context.etcdKeys, names.etcdKeys),
          async (found) => await etcdKeys({ ...context, etcdKeys: found }),
        )
      : undefined,
    authorities:
      context.spec.mode === 'virtual'
        ? await ensure(
            await current(context.authorities, names.authorities),
            async (found) => await authorities({ ...context, authorities: found }),
          )
        : undefined,
  };
}

/** Has the Secret with the kubeconfig of a cluster in mode virtual, whose API server is at `url`, hold a good one. */
export async function requireKubeconfig(
  context: ClusterContext,
  url: string,
  surroundings: Pick<Surroundings, 'client' | 'stores'>,
): Promise<void> {
  const { name, namespace = '' } = context.cluster.metadata;
  const found = surroundings.stores.secrets.get(joinKey(namespace, namesOf(name).kubeconfig));
  await writeKeys(await virtualKubeconfig(context, url, found), found, surroundings);
}

/** Writes `wanted` in the place of `found`, if anything is wanted; rejects with a conflict if that has changed since. Returns what is there then. */
async function writeKeys(
  wanted: Secret | undefined,
  found: Secret | undefined,
  { client, stores }: Pick<Surroundings, 'client' | 'stores'>,
): Promise<Secret | undefined> {
  if (!wanted) return found;
  const { name, namespace } = wanted.metadata;
  const { uid, resourceVersion } = found?.metadata ?? {};
  const written = found
    ? await client.patch<Secret>(
        { resource: resources.secrets, namespace, name },
        'merge',
        { metadata: { uid, resourceVersion }, data: wanted.data },
        { fieldManager },
      )
    : await client.create<Secret>(resources.secrets, wanted, { fieldManager });
  stores.secrets.observe(written);
  return written;
}

/** Returns the token of `context`; it is made, by chance, where the Cluster names none and there is none yet. */
async function requireToken(
  { cluster, spec, token }: ClusterContext,
  { client, stores }: Pick<Surroundings, 'client' | 'stores'>,
): Promise<Secret | undefined> {
  if (token || spec.tokenSecretRef?.name !== undefined) return token;
  const { name } = cluster.metadata;
  const metadata = owned(cluster, namesOf(name).token);
  const data = { token: Buffer.from(randomBytes(16).toString('hex')).toString('base64') };
  const wanted: Secret = { ...typed(resources.secrets), metadata, type: 'Opaque', data };
  try {
    const made = await client.create(resources.secrets, wanted, { fieldManager });
    stores.secrets.observe(made);
    return made;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return await readSecret(keyOf(wanted), client);
  }
}

async function readSecret(key: string, client: KubeClient): Promise<Secret | undefined> {
  const { namespace, name } = splitKey(key);
  return await ifFound(client.get<Secret>({ resource: resources.secrets, namespace, name }));
}
