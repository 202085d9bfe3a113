import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists, isNotFound } from '../kube/errors.ts';
import { type KubeObject, type Resource, keyOf } from '../kube/types.ts';
import type { JsonValue, StateStore } from '../state/store.ts';

const prefix = 'recreate/';

/** Deletes a virtual object and makes it again, so that a crash in between loses nothing. */
export interface RecreateJournal {
  /** Replaces the object that has `uid` by `replacement`. */
  recreate(resource: Resource, uid: string | undefined, replacement: KubeObject): Promise<void>;
  /** Makes again what `recreate` could not, because the API server refused it then. Returns whether there was anything. */
  resume(resource: Resource, key: string): Promise<boolean>;
  /** Makes again what a crash left deleted. Call before the first reconcile. */
  replay(resources: Resource[]): Promise<void>;
}

/** Returns a journal kept in `store`. */
export function createRecreateJournal({ client, store }: { client: KubeClient; store: StateStore }): RecreateJournal {
  const entryKey = (resource: Resource, key: string) => `${prefix}${resource.plural}/${key}`;
  const unfinished = new Map<string, KubeObject>();

  async function finish(entry: string, resource: Resource, replacement: KubeObject): Promise<void> {
    unfinished.set(entry, replacement);
    await createAnew(client, resource, replacement);
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
      await finish(entry, resource, replacement);
    },
    async resume(resource, key) {
      const entry = entryKey(resource, key);
      const replacement = unfinished.get(entry);
      if (replacement) await finish(entry, resource, replacement);
      return replacement !== undefined;
    },
    async replay(known) {
      for await (const [entry, value] of store.entries(prefix)) {
        const plural = entry.slice(prefix.length).split('/')[0];
        const resource = known.find((candidate) => candidate.plural === plural);
        if (resource) await createAnew(client, resource, value as unknown as KubeObject);
        await store.delete(entry);
      }
    },
  };
}

/** An object that is there already has either survived or been made anew by somebody else: both are fine. */
async function createAnew(client: KubeClient, resource: Resource, object: KubeObject): Promise<void> {
  await client.create(resource, object).catch((error: unknown) => {
    // The namespace may have gone meanwhile, and the object with it.
    if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
  });
}
