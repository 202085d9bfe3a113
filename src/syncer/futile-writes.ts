import { createHash } from 'node:crypto';
import type { StateStore } from '../state/store.ts';

const prefix = 'futile/';

/**
 * Remembers writes that had no effect, because host admission, defaulting or an older API server put the field back, so
 * that the engine does not fight over it. Kept over restarts.
 */
export interface FutileWrites {
  /** Whether this very patch was tried on `object` and did not stick. */
  has(object: string, patch: object): boolean;
  /** Records what a write to `object` left undone; undefined clears the record. */
  record(object: string, residual: object | undefined): Promise<void>;
}

/** Loads what is known from `store`. */
export async function loadFutileWrites(store: StateStore): Promise<FutileWrites> {
  const known = new Map<string, string>();
  for await (const [key, value] of store.entries(prefix)) {
    if (typeof value === 'string') known.set(key.slice(prefix.length), value);
  }
  return {
    has: (object, patch) => known.get(object) === hashOf(patch),
    async record(object, residual) {
      const hash = residual && hashOf(residual);
      if (known.get(object) === hash) return;
      if (hash === undefined) {
        known.delete(object);
        await store.delete(prefix + object);
      } else {
        known.set(object, hash);
        await store.put(prefix + object, hash);
      }
    },
  };
}

function hashOf(patch: object): string {
  return createHash('sha256').update(JSON.stringify(patch)).digest('base64url').slice(0, 22);
}
