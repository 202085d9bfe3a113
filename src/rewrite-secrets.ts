import type { KubeClient } from './kube/client.ts';
import { StatusError, isBusy, isConflict, isNotFound } from './kube/errors.ts';
import { listPages } from './kube/list-pages.ts';
import { type Secret, keyOf, resources } from './kube/types.ts';
import type { Logger } from './log.ts';
import type { StateStore } from './state/store.ts';

const stateKey = 'secrets/encrypted';
const pageSize = 200;

/**
 * Has the API server write every Secret again, as an unchanged one is left as it was stored, if `encrypts` is not what it was when this was last done. What
 * somebody else writes or deletes meanwhile needs no writing here. One that admission refuses is left, and all are tried again at the next start.
 */
export async function rewriteSecrets(
  client: KubeClient,
  { encrypts, store, log }: { encrypts: boolean; store: StateStore; log: Logger },
): Promise<void> {
  const before = (await store.get(stateKey)) ?? false;
  if (before === encrypts) return;
  let count = 0;
  let refused = 0;
  for await (const page of listPages<Secret>(client, resources.secrets, { limit: pageSize })) {
    for (const secret of page) {
      await client.replace(resources.secrets, secret).catch((error: unknown) => {
        if (isConflict(error) || isNotFound(error)) return;
        if (!(error instanceof StatusError) || isBusy(error)) throw error;
        refused += 1;
        log.warn({ secret: keyOf(secret), reason: error.message }, 'could not write a Secret again');
      });
      count += 1;
    }
  }
  if (refused === 0) await store.put(stateKey, encrypts);
  if (count > 0) log.info({ count, encrypted: encrypts }, 'wrote all Secrets again, as they are to be stored now');
}
