import { schemaVersion } from '../state/schema.ts';
import type { JsonValue, StateStore } from '../state/store.ts';
import { brokenSnapshot, newerSnapshot } from './snapshot-errors.ts';

export type StateEntry = [key: string, value: NonNullable<JsonValue>];

/**
 * Writes that had no effect are left out: they are facts of the host as it was. Without them each is tried once more; with them a host that has
 * changed since might keep a drift. The rest belongs to the database: objects that k3v is about to make again (without them, one that is between
 * its deletion and its new creation would be lost), the place of the webhook that is registered there, and the kinds k3v has made objects of.
 */
const leftOut = 'futile/';
/** The kinds k3v has made objects of. What it made after the snapshot lies on the host all the same, and goes only if that is known. */
const keptOnRestore = 'opt-in/';

/** Returns what a snapshot holds of `store`. */
export async function exportState(store: StateStore): Promise<StateEntry[]> {
  return (await allEntries(store)).filter(([key]) => !key.startsWith(leftOut));
}

/** Returns everything in `store`. */
export async function allEntries(store: StateStore): Promise<StateEntry[]> {
  const entries: StateEntry[] = [];
  for await (const [key, value] of store.entries('')) if (value !== null) entries.push([key, value]);
  return entries;
}

/** Brings `store` to the state of a snapshot, at one stroke. Doing it twice is as good as once. */
export async function importState(store: StateStore, entries: StateEntry[]): Promise<void> {
  const stale = (await allEntries(store)).filter(([key]) => !key.startsWith(keptOnRestore));
  await store.batch([...stale.map(([key]) => ({ key })), ...entries.map(([key, value]) => ({ key, value }))]);
}

/** Returns the entries in the text of a snapshot's state. Throws SNAPSHOT_BROKEN; SNAPSHOT_NEWER if a newer k3v wrote that state. */
export function parseState(text: string, file: string): StateEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw brokenSnapshot(file, 'holds a state that is not JSON', error);
  }
  if (!Array.isArray(value) || !value.every(isEntry)) throw brokenSnapshot(file, 'holds a state that is none');
  const schema = value.find(([key]) => key === 'schema')?.[1] ?? schemaVersion;
  if (typeof schema === 'number' && schema <= schemaVersion) return value;
  throw newerSnapshot(file, `has a state of schema ${JSON.stringify(schema)}; this k3v knows ${schemaVersion}`);
}

function isEntry(value: unknown): value is StateEntry {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'string' &&
    value[1] !== null &&
    value[1] !== undefined
  );
}
