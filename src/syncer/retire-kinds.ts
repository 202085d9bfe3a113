import type { KubeClient } from '../kube/client.ts';
import { StatusError, ifFound, isNotFound } from '../kube/errors.ts';
import { listPages } from '../kube/list-pages.ts';
import type { KubeObject } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { JsonValue, StateStore } from '../state/store.ts';
import { type Translator, marks } from '../translate/translator.ts';
import type { Opened } from './define-opt-in.ts';
import { type Made, madeBy, memoryKey, rememberedKinds } from './made-kinds.ts';

const pageSize = 500;

/**
 * Removes what k3v made for kinds that `--sync` named at an earlier start and names no more: their host objects, and what it showed of the host. What
 * tenants made stays. What the host does not let k3v delete is told, and tried again at the next start. `opened` is remembered in `store`.
 */
export async function retireKinds(
  opened: Opened[],
  {
    clients,
    translator,
    store,
    log,
  }: { clients: { virtual: KubeClient; host: KubeClient }; translator: Translator; store: StateStore; log: Logger },
): Promise<void> {
  const current = new Map(opened.flatMap(madeBy).map((made) => [memoryKey(made), made]));
  for await (const [entry, made] of rememberedKinds(store)) {
    if (current.has(entry)) continue;
    try {
      const count = await remove(made, clients[made.side], translator);
      log.info({ side: made.side, kind: made.ownerKind, count }, 'removed objects of a kind that is no longer synced');
      await store.delete(entry);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const reason = error.message;
      log.warn({ side: made.side, kind: made.ownerKind, reason }, 'objects of a kind that is no longer synced remain');
    }
  }
  await store.batch([...current].map(([key, made]) => ({ key, value: made as unknown as NonNullable<JsonValue> })));
}

async function remove(
  { side, resource, ownerKind }: Made,
  client: KubeClient,
  translator: Translator,
): Promise<number> {
  const scope =
    side === 'virtual'
      ? { labelSelector: `${marks.managedLabel}=true` }
      : resource.namespaced
        ? { namespace: translator.hostNamespace, labelSelector: translator.managedSelector }
        : { labelSelector: translator.clusterScopedSelector };
  let count = 0;
  try {
    for await (const page of listPages<KubeObject>(client, resource, { ...scope, limit: pageSize })) {
      for (const { metadata } of page) {
        const { name, namespace, uid } = metadata;
        if (side === 'host' && metadata.annotations?.[marks.ownerKind] !== ownerKind) continue;
        await ifFound(client.delete({ resource, namespace, name }, { uid }));
        count += 1;
      }
    }
  } catch (error) {
    // A kind that is no longer served has no objects.
    if (!isNotFound(error)) throw error;
  }
  return count;
}
