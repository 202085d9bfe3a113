import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists, isInvalid, isNotFound, isOfEndingNamespace } from '../kube/errors.ts';
import { type KubeObject, type Resource, keyOf } from '../kube/types.ts';
import type { JsonValue, StateStore } from '../state/store.ts';

const prefix = 'recreate/';

/** Deletes a virtual object and makes it again, so that a crash in between loses nothing. */
export interface RecreateJournal {
  /** Replaces the object that has `uid` by `replacement`. */
  recreate(resource: Resource, uid: string | undefined, replacement: KubeObject): Promise<void>;
  /**
   * Makes again what is still to be made under `key`, where `virtual` stands now: an object that is there, and not the one to be replaced, is left alone. Returns
   * whether there was anything.
   */
  resume(resource: Resource, key: string, virtual: KubeObject | undefined): Promise<boolean>;
  /**
   * Makes again what a crash, of this process or of another on the same store, left deleted. Call before the first reconcile. What the API server refuses just now
   * is left to `resume`.
   */
  replay(resources: Resource[]): Promise<void>;
}

/** Something still to be made. */
interface Unfinished {
  replacement: KubeObject;
  /** Of the object that it replaces, which the watch may still show; undefined if that was long ago. */
  replacedUid: string | undefined;
}

/** Returns a journal kept in `store`. `onRefused` hears of what is left to `resume`. */
export function createRecreateJournal({
  client,
  store,
  onRefused,
}: {
  client: KubeClient;
  store: StateStore;
  onRefused: (error: unknown) => void;
}): RecreateJournal {
  const entryKey = (resource: Resource, key: string) => `${prefix}${resource.plural}/${key}`;
  const unfinished = new Map<string, Unfinished>();

  async function finish(entry: string, resource: Resource, wanted: Unfinished): Promise<void> {
    unfinished.set(entry, wanted);
    await createAnew(client, resource, wanted.replacement);
    await drop(entry);
  }

  async function drop(entry: string): Promise<void> {
    unfinished.delete(entry);
    await store.delete(entry);
  }

  return {
    async recreate(resource, uid, replacement) {
      const entry = entryKey(resource, keyOf(replacement));
      await store.put(entry, replacement as unknown as NonNullable<JsonValue>);
      const { namespace, name, finalizers } = replacement.metadata;
      const ref = { resource, namespace, name };
      // With them it would linger, and keep the place from its replacement, which has them again.
      if (finalizers?.length) await ifFound(client.patch(ref, 'merge', { metadata: { uid, finalizers: null } }));
      await ifFound(client.delete(ref, { uid }));
      await finish(entry, resource, { replacement, replacedUid: uid });
    },
    async resume(resource, key, virtual) {
      const entry = entryKey(resource, key);
      const wanted = unfinished.get(entry);
      if (!wanted) return false;
      if (!virtual) await finish(entry, resource, wanted);
      else if (virtual.metadata.uid !== wanted.replacedUid) await drop(entry);
      return virtual === undefined;
    },
    async replay(known) {
      unfinished.clear();
      for await (const [entry, value] of store.entries(prefix)) {
        const plural = entry.slice(prefix.length).split('/')[0];
        const resource = known.find((candidate) => candidate.plural === plural);
        const replacement = value as unknown as KubeObject;
        if (!resource) await store.delete(entry);
        else await finish(entry, resource, { replacement, replacedUid: undefined }).catch(onRefused);
      }
    },
  };
}

/** An object that is there already has either survived or been made anew by somebody else: both are fine. */
async function createAnew(client: KubeClient, resource: Resource, object: KubeObject): Promise<void> {
  try {
    await client.create(resource, object);
  } catch (error) {
    // The namespace may have gone meanwhile, or be going, and the object with it.
    if (isAlreadyExists(error) || isNotFound(error) || isOfEndingNamespace(error)) return;
    const { namespace, name } = object.metadata;
    // Of a Service that is there an API server says that its address is taken: it looks for the address before the name.
    if (isInvalid(error) && (await ifFound(client.get({ resource, namespace, name })))) return;
    throw error;
  }
}
