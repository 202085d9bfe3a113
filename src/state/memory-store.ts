import { K3vError } from '../errors.ts';
import type { JsonValue, StateStore } from './store.ts';

/** Returns a store that forgets everything when the process ends. */
export function createMemoryStore(): StateStore {
  let entries: Map<string, JsonValue> | undefined = new Map();
  const open = () => {
    if (!entries) throw new K3vError('STATE_CLOSED', 'the state store is closed');
    return entries;
  };
  return {
    get: async (key) => structuredClone(open().get(key)),
    put: async (key, value) => void open().set(key, structuredClone(value)),
    delete: async (key) => void open().delete(key),
    async batch(changes) {
      for (const { key, value } of changes) {
        if (value === undefined) open().delete(key);
        else open().set(key, structuredClone(value));
      }
    },
    async *entries(prefix) {
      const found = [...open().entries()].filter(([key]) => key.startsWith(prefix));
      for (const [key, value] of found.sort(([a], [b]) => (a < b ? -1 : 1))) yield [key, structuredClone(value)];
    },
    async close() {
      entries = undefined;
    },
  };
}
