import { migrations } from './migrations.ts';
import type { StateStore } from './store.ts';

const schemaKey = 'schema';

/** The layout of the store, and of the data directory, that this k3v writes. The first one was 1. */
export const schemaVersion = migrations.at(-1)?.to ?? 1;

/** Returns the layout that `store` says it has; undefined of a new one. */
export async function readSchema(store: StateStore): Promise<unknown> {
  return await store.get(schemaKey);
}

/** Returns the change that makes a store say that it has the layout `version`. */
export function schemaChange(version: number): { key: string; value: number } {
  return { key: schemaKey, value: version };
}
