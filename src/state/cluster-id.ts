import type { StateStore } from './store.ts';

/** Where the store keeps the id that the virtual cluster was last run with. */
export const clusterIdKey = 'id';

/** Notes the id of the virtual cluster, so that a snapshot can name it while nothing runs. */
export async function recordClusterId(store: StateStore, id: string): Promise<void> {
  if ((await store.get(clusterIdKey)) !== id) await store.put(clusterIdKey, id);
}
