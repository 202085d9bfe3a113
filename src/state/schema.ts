import { K3vError } from '../errors.ts';
import type { StateStore } from './store.ts';

/** The layout of the store that this k3v writes. */
export const schemaVersion = 1;

/** Checks the layout of `store`, and marks a new store. Rejects with DATA_DIR_NEWER if a newer k3v wrote it. */
export async function checkSchema(store: StateStore): Promise<void> {
  const found = await store.get('schema');
  if (found === undefined) return await store.put('schema', schemaVersion);
  if (typeof found === 'number' && found <= schemaVersion) return;
  throw new K3vError(
    'DATA_DIR_NEWER',
    `the state has schema ${JSON.stringify(found)}; this k3v knows ${schemaVersion}`,
    {
      hint: 'Run the newer k3v, or choose another --data-dir.',
    },
  );
}
