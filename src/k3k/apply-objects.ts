import { contentHash } from '../content-hash.ts';
import type { KubeClient } from '../kube/client.ts';
import { StatusError, ifFound, isConflict } from '../kube/errors.ts';
import type { Informer } from '../kube/informer.ts';
import { type KubeObject, type StatefulSet, apiVersionOf, keyOf, resources } from '../kube/types.ts';
import { type ClusterStores, clusterOf, madeFor } from './cluster-stores.ts';
import { covers } from './covers.ts';
import { contentAnnotation, fieldManager } from './names.ts';
import type { Cluster } from './types.ts';

/** The host does not take an object, for a reason that somebody has to see to. */
export class ObjectRefused extends Error {
  override readonly name = 'ObjectRefused';
}

/** Answers about the object itself, or about what the controller may do. */
const told = new Set([400, 403, 422, 500]);
/** What an API server never changes in a StatefulSet. */
const fixedFields = ['serviceName', 'podManagementPolicy', 'selector', 'volumeClaimTemplates'] as const;

/** Writes objects of Clusters, as far as the host has not what they say. */
export interface ObjectWriter {
  /**
   * Has the host have `wanted`, in their order. Resolves with what one of them waits for, undefined if all are in place. Rejects with ObjectRefused, else as
   * requests do.
   */
  apply(cluster: Cluster, wanted: readonly KubeObject[]): Promise<string | undefined>;
  /** Deletes what was made for `cluster` and is not in `wanted`. */
  prune(cluster: Cluster, wanted: readonly KubeObject[]): Promise<void>;
}

/** Returns a writer that looks into `stores` and writes by `client`. */
export function createObjectWriter({ client, stores }: { client: KubeClient; stores: ClusterStores }): ObjectWriter {
  /** Answers to writes that do not have all that was written, by object: an API server says the same in other words (`1000m` is `1`). Writing it again would change nothing. */
  const paraphrased = new Map<string, string>();
  const byKind = new Map(stores.owned.map((store) => [kindOf(typeOf(store)), store]));

  function storeOf(object: KubeObject): Informer<KubeObject> {
    const store = byKind.get(kindOf(object));
    if (!store) throw new Error(`no store for ${kindOf(object)}`);
    return store;
  }

  async function applyOne(cluster: Cluster, object: KubeObject): Promise<string | undefined> {
    const store = storeOf(object);
    const { resource } = store;
    const { name, namespace } = object.metadata;
    const ref = { resource, namespace, name };
    const wanted = stamped(object);
    const current = store.get(keyOf(object)) ?? (await ifFound(client.get<KubeObject>(ref)));
    const word = `${resource.kind} ${name}`;
    if (current && isForeign(current, cluster)) {
      // Of one that had the same name before: its garbage is on its way out.
      if (clusterOf(current) !== keyOf(cluster)) {
        throw new ObjectRefused(`${word} is there already, and not of this Cluster: delete or rename it`);
      }
      await remove(store, current);
      return `${word} of an earlier Cluster of this name has to go first`;
    }
    if (current?.metadata.deletionTimestamp) return `${word} is being deleted`;
    if (current && covers(current, wanted)) return undefined;
    const memory = `${kindOf(object)} ${keyOf(object)}`;
    if (current && paraphrased.get(memory) === formOf(current, wanted)) return undefined;
    if (current && resource.kind === resources.statefulSets.kind && !keepsFixed(current, wanted)) {
      // Its pods stay, and the next one adopts them.
      await remove(store, current, 'Orphan');
      return `${word} has to be made anew`;
    }
    const made = await client.patch<KubeObject>(ref, 'apply', wanted, { fieldManager, force: true });
    store.observe(made);
    if (covers(made, wanted)) paraphrased.delete(memory);
    else paraphrased.set(memory, formOf(made, wanted));
    return undefined;
  }

  async function remove(
    { resource }: Informer<KubeObject>,
    { metadata: { namespace, name, uid } }: KubeObject,
    propagationPolicy: 'Background' | 'Orphan' = 'Background',
  ): Promise<void> {
    await ifFound(client.delete({ resource, namespace, name }, { uid, propagationPolicy })).catch((error: unknown) => {
      // Another one has its name by now.
      if (!isConflict(error)) throw error;
    });
  }

  return {
    async apply(cluster, wanted) {
      for (const object of wanted) {
        try {
          const waitsFor = await applyOne(cluster, object);
          if (waitsFor !== undefined) return waitsFor;
        } catch (error) {
          if (!(error instanceof StatusError) || !told.has(error.code)) throw error;
          throw new ObjectRefused(`${object.kind} ${object.metadata.name}: ${error.message}`, { cause: error });
        }
      }
      return undefined;
    },
    async prune(cluster, wanted) {
      const kept = new Set(wanted.map((object) => `${kindOf(object)} ${keyOf(object)}`));
      const token = cluster.spec.tokenSecretRef?.name;
      for (const store of stores.owned) {
        for (const object of madeFor(store, keyOf(cluster))) {
          const { name, deletionTimestamp } = object.metadata;
          const isToken = store === stores.secrets && name === token;
          if (deletionTimestamp || isToken || kept.has(`${kindOf(typeOf(store))} ${keyOf(object)}`)) continue;
          await remove(store, object);
        }
      }
    },
  };
}

/** Returns `object` with a mark of its content: what has left it, an API server takes away only when it is applied again. */
function stamped(object: KubeObject): KubeObject {
  const { annotations } = object.metadata;
  const mark = { [contentAnnotation]: contentHash(object) };
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, ...mark } } };
}

/** Whether `object` is another's, or of a Cluster that had this name before. */
function isForeign(object: KubeObject, cluster: Cluster): boolean {
  if (clusterOf(object) !== keyOf(cluster)) return !isOwnedBy(object, cluster);
  const controller = object.metadata.ownerReferences?.find((owner) => owner.controller === true);
  return controller !== undefined && controller.uid !== cluster.metadata.uid;
}

/** Whether it is, though its label was taken off. */
function isOwnedBy(object: KubeObject, cluster: Cluster): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid) === true;
}

function keepsFixed(current: KubeObject, wanted: KubeObject): boolean {
  const [has, wants] = [current, wanted].map((each) => (each as StatefulSet).spec);
  const claims = [has, wants].map((spec) => spec?.volumeClaimTemplates?.length ?? 0);
  return claims[0] === claims[1] && fixedFields.every((field) => covers(has?.[field], wants?.[field]));
}

/** Returns what `current` says as long as nobody writes it, and what is wanted of it. */
function formOf(current: KubeObject, wanted: KubeObject): string {
  const { apiVersion: _, kind: _kind, metadata, ...content } = current;
  const { labels, annotations, ownerReferences } = metadata;
  const mark = wanted.metadata.annotations?.[contentAnnotation];
  return contentHash({ ...content, labels, annotations, ownerReferences, status: undefined, mark });
}

function typeOf({ resource }: Informer<KubeObject>): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind };
}

function kindOf({ apiVersion = '', kind = '' }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`;
}
