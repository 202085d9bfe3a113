import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists, isConflict } from '../kube/errors.ts';
import { type ConfigMap, resources } from '../kube/types.ts';
import type { JsonValue, StateStore, StoreChange } from '../state/store.ts';

type Entries = ReadonlyMap<string, JsonValue>;

/**
 * Returns a store in the ConfigMap `name`, for what must outlive this machine or be known to whoever leads next. For little that seldom changes: it is read and
 * written as a whole, and an API server takes a megabyte. Beside the rejections of `StateStore`, every method rejects as requests do.
 */
export function createConfigMapStore({
  client,
  namespace,
  name,
}: {
  client: KubeClient;
  namespace: string;
  name: string;
}): StateStore {
  const ref = { resource: resources.configMaps, namespace, name };
  let isOpen = true;

  async function read(): Promise<{ found: ConfigMap | undefined; entries: Entries }> {
    if (!isOpen) throw new K3vError('STATE_CLOSED', 'the state store is closed');
    const found = await ifFound(client.get<ConfigMap>(ref));
    return { found, entries: entriesIn(found?.data?.['entries']) };
  }

  /** Until it meets no other writer. */
  async function change(changes: StoreChange[]): Promise<void> {
    for (;;) {
      const { found, entries } = await read();
      const next = new Map(entries);
      for (const { key, value } of changes) {
        if (value === undefined) next.delete(key);
        else next.set(key, value);
      }
      const data = { entries: JSON.stringify([...next]) };
      if (data.entries === JSON.stringify([...entries])) return;
      try {
        if (found) await client.replace<ConfigMap>(resources.configMaps, { ...found, data });
        else await client.create<ConfigMap>(resources.configMaps, { metadata: { name, namespace }, data });
        return;
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) throw error;
      }
    }
  }

  return {
    get: async (key) => (await read()).entries.get(key),
    put: async (key, value) => await change([{ key, value }]),
    delete: async (key) => await change([{ key }]),
    batch: change,
    async *entries(prefix) {
      const { entries } = await read();
      const found = [...entries].filter(([key]) => key.startsWith(prefix));
      yield* found.sort(([a], [b]) => (a < b ? -1 : 1));
    },
    async close() {
      isOpen = false;
    },
  };
}

/** A tenant can write anything there; what is not an entry is none. */
function entriesIn(text: string | undefined): Entries {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? '[]');
  } catch {
    parsed = [];
  }
  return new Map(Array.isArray(parsed) ? parsed.filter(isEntry) : []);
}

function isEntry(value: unknown): value is [string, JsonValue] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
