import type { StateStore } from './store.ts';

/** Where the store keeps the id that the virtual cluster was last run with. */
export const clusterIdKey = 'id';

/** Notes the id of the virtual cluster, so that a snapshot can name it while nothing runs. */
export async function recordClusterId(store: StateStore, id: string): Promise<void> {
  if ((await store.get(clusterIdKey)) !== id) await store.put(clusterIdKey, id);
}

/** Where the store keeps the UID of the virtual cluster's `kube-system`, by which it claims its id. */
export const clusterUidKey = 'cluster-uid';

/** Notes the UID by which the virtual cluster claims its id, so that its claim can be told from another's while nothing runs. */
export async function recordClusterUid(store: StateStore, uid: string): Promise<void> {
  if ((await store.get(clusterUidKey)) !== uid) await store.put(clusterUidKey, uid);
}
