import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists, isNotFound } from '../kube/errors.ts';
import { type KubeObject, type Resource, keyOf } from '../kube/types.ts';
import type { JsonValue, StateStore } from '../state/store.ts';

const prefix = 'recreate/';

/** Deletes a virtual object and makes it again, so that a crash in between loses nothing. */
export interface RecreateJournal {
  /** Replaces the object that has `uid` by `replacement`. */
  recreate(resource: Resource, uid: string | undefined, replacement: KubeObject): Promise<void>;
  /** Makes again what a crash left deleted. Call before the first reconcile. */
  replay(resources: Resource[]): Promise<void>;
}

/** Returns a journal kept in `store`. */
export function createRecreateJournal({ client, store }: { client: KubeClient; store: StateStore }): RecreateJournal {
  const entryKey = (resource: Resource, key: string) => `${prefix}${resource.plural}/${key}`;
  return {
    async recreate(resource, uid, replacement) {
      const entry = entryKey(resource, keyOf(replacement));
      await store.put(entry, replacement as unknown as NonNullable<JsonValue>);
      const { namespace, name } = replacement.metadata;
      await ifFound(client.delete({ resource, namespace, name }, { uid }));
      await createAnew(client, resource, replacement);
      await store.delete(entry);
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
