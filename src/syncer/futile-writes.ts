import { createHash } from 'node:crypto';
import type { StateStore } from '../state/store.ts';

const prefix = 'futile/';

/**
 * Remembers writes that had no effect, because host admission, defaulting or an older API server put the field back, so
 * that the engine does not fight over it. Kept over restarts.
 */
export interface FutileWrites {
  /** Whether this very patch was tried on `object` with `uid` and did not stick. */
  has(object: string, uid: string | undefined, patch: object): boolean;
  /** Records what a write to `object` left undone; undefined clears the record, as does the end of the object. */
  record(object: string, uid: string | undefined, residual: object | undefined): Promise<void>;
  /** Has every write tried once more. */
  forget(): Promise<void>;
}

/** Loads what is known from `store`. */
export async function loadFutileWrites(store: StateStore): Promise<FutileWrites> {
  /** By object, so that there are never more than names; an object made again under its name is another one. */
  const known = new Map<string, string>();
  for await (const [key, value] of store.entries(prefix)) {
    if (typeof value === 'string') known.set(key.slice(prefix.length), value);
  }
  return {
    has: (object, uid, patch) => known.get(object) === sumOf(uid, patch),
    async record(object, uid, residual) {
      const sum = residual && sumOf(uid, residual);
      if (known.get(object) === sum) return;
      if (sum === undefined) {
        known.delete(object);
        await store.delete(prefix + object);
      } else {
        known.set(object, sum);
        await store.put(prefix + object, sum);
      }
    },
    async forget() {
      const keys = [...known.keys()].map((object) => ({ key: prefix + object }));
      known.clear();
      await store.batch(keys);
    },
  };
}

function sumOf(uid: string | undefined, patch: object): string {
  const sum = createHash('sha256').update(JSON.stringify(patch)).digest('base64url').slice(0, 22);
  return `${uid ?? ''}/${sum}`;
}
