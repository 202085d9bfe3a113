import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../../src/state/store.ts';

async function all(store: StateStore, prefix: string): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const entry of store.entries(prefix)) entries.push(entry);
  return entries;
}

/** Holds any implementation of StateStore to its contract. `open` gives a fresh, empty store. */
export function stateStoreContract(name: string, open: () => Promise<StateStore>): void {
  describe(`the ${name} state store`, () => {
    let store: StateStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => await store.close());

    it('gives back what was put, whatever JSON it is', async () => {
      for (const value of [true, 7, 'text', [1, 'a'], { a: { b: [] } }]) {
        await store.put('key', value);
        expect(await store.get('key')).toEqual(value);
      }
    });

    it('knows nothing of a key that was never put or has been deleted', async () => {
      await store.put('a', 1);
      await store.delete('a');
      await store.delete('never');
      expect(await store.get('a')).toBeUndefined();
      expect(await store.get('never')).toBeUndefined();
    });

    it('lists the entries of a prefix in the order of their keys', async () => {
      await store.batch([
        { key: 'b/2', value: 2 },
        { key: 'a/1', value: 0 },
        { key: 'b/1', value: 1 },
        { key: 'b', value: 3 },
        { key: 'c/1', value: 4 },
      ]);
      expect(await all(store, 'b/')).toEqual([
        ['b/1', 1],
        ['b/2', 2],
      ]);
    });

    it('puts and deletes in one batch', async () => {
      await store.put('old', 1);
      await store.batch([{ key: 'old' }, { key: 'new', value: 2 }]);
      expect(await all(store, '')).toEqual([['new', 2]]);
    });

    it('is not changed by what a caller does to a value later', async () => {
      const value = { list: ['a'] };
      await store.put('key', value);
      value.list.push('b');
      expect(await store.get('key')).toEqual({ list: ['a'] });
    });
  });
}
