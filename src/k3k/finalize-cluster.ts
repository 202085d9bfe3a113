import type { KubeClient } from '../kube/client.ts';
import { ifFound } from '../kube/errors.ts';
import { listPages } from '../kube/list-pages.ts';
import { type KubeObject, type PersistentVolumeClaim, type Secret, keyOf, resources } from '../kube/types.ts';
import { createTranslator } from '../translate/translator.ts';
import { findKinds } from '../uninstall/find-kinds.ts';
import { findRecords, removeRecords } from '../uninstall/own-records.ts';
import { removeMade } from '../uninstall/remove-made.ts';
import { type ClusterStores, madeFor } from './cluster-stores.ts';
import { clusterLabel, keepDataAnnotation, namesOf, namespaceOfLabel } from './names.ts';
import type { Cluster } from './types.ts';

const pageSize = 500;
/** So many of what is waited for are named. */
const mostNamed = 3;

/**
 * Does the next step of deleting all that was made for `cluster`, and resolves with what has to pass before the one after it, undefined if nothing is left. Each step
 * asks what there is, so that it may be broken off anywhere. First the servers end, as they would make anew what is deleted.
 */
export async function finalizeCluster(
  cluster: Cluster,
  { client, stores }: { client: KubeClient; stores: ClusterStores },
): Promise<string | undefined> {
  const key = keyOf(cluster);
  const { name, namespace = '', annotations } = cluster.metadata;
  const keepsData = annotations?.[keepDataAnnotation] === 'true';
  if (keepsData) await releaseToken(cluster, client);
  const token = keepsData ? namesOf(name).token : undefined;
  await deleteMade(key, {
    client,
    stores,
    except: (object) => object.kind === resources.secrets.kind && object.metadata.name === token,
  });
  const running = madeFor(stores.pods, key);
  const stateful = madeFor(stores.statefulSets, key);
  if (running.length + stateful.length > 0) return waitsFor('the servers end', [...running, ...stateful]);
  if (cluster.spec.mode === 'shared') {
    const left = await removeWorkload(client, { id: name, namespace });
    if (left.length > 0) return `${left.slice(0, mostNamed).join('; ')}${more(left.length)}`;
    await removeRecords(client, namespace, await findRecords(client, namespace, name));
  }
  if (keepsData) return undefined;
  const claims = await deleteClaims(client, { name, namespace });
  if (claims.length > 0) return waitsFor('volumes go', claims);
  const home = await ifFound(client.get({ resource: resources.namespaces, name: namespace }));
  if (home?.metadata.labels?.[namespaceOfLabel] === name && !home.metadata.deletionTimestamp) {
    await ifFound(client.delete({ resource: resources.namespaces, name: namespace }, { uid: home.metadata.uid }));
  }
  return undefined;
}

/** Deletes what carries the label of the Cluster, its servers among it. */
async function deleteMade(
  key: string,
  { client, stores, except }: { client: KubeClient; stores: ClusterStores; except: (object: KubeObject) => boolean },
): Promise<void> {
  for (const store of stores.owned) {
    const { resource } = store;
    for (const object of madeFor(store, key)) {
      const { name, namespace, uid, deletionTimestamp } = object.metadata;
      if (deletionTimestamp || except(object)) continue;
      await ifFound(client.delete({ resource, namespace, name }, { uid, propagationPolicy: 'Background' }));
    }
  }
}

/** Deletes what k3v made in the namespace for the virtual cluster `id`, and returns what is not gone yet. */
async function removeWorkload(
  client: KubeClient,
  { id, namespace }: { id: string; namespace: string },
): Promise<string[]> {
  const kinds = await findKinds(client, { named: [], remembered: [] });
  const left = await removeMade(client, kinds, {
    translator: createTranslator({ id, hostNamespace: namespace }),
    total: 0,
    timeoutMs: 0,
    step: { update() {} },
    wait: async () => {},
    now: () => performance.now(),
  });
  return left.map(({ what, why }) => `${what} ${why}`);
}

async function deleteClaims(
  client: KubeClient,
  { name, namespace }: { name: string; namespace: string },
): Promise<PersistentVolumeClaim[]> {
  const resource = resources.persistentVolumeClaims;
  const options = { namespace, labelSelector: `${clusterLabel}=${name}`, limit: pageSize };
  const found: PersistentVolumeClaim[] = [];
  for await (const page of listPages<PersistentVolumeClaim>(client, resource, options)) found.push(...page);
  for (const { metadata } of found) {
    if (metadata.deletionTimestamp) continue;
    await ifFound(client.delete({ resource, namespace, name: metadata.name }, { uid: metadata.uid }));
  }
  return found;
}

/** Has the token stay when the Cluster goes: k3s cannot read its data without. The next Cluster of this name finds it by its label. */
async function releaseToken({ metadata: { name, namespace } }: Cluster, client: KubeClient): Promise<void> {
  const ref = { resource: resources.secrets, namespace, name: namesOf(name).token };
  const found = await ifFound(client.get<Secret>(ref));
  if (!found?.metadata.ownerReferences?.length) return;
  const metadata = { uid: found.metadata.uid, ownerReferences: null };
  await ifFound(client.patch(ref, 'merge', { metadata }));
}

function waitsFor(what: string, objects: readonly { metadata: { name: string } }[]): string {
  const names = objects.slice(0, mostNamed).map(({ metadata }) => metadata.name);
  return `waits until ${what}: ${names.join(', ')}${more(objects.length)}`;
}

function more(count: number): string {
  return count > mostNamed ? `, and ${count - mostNamed} more` : '';
}
