import type { KubeClient } from '../kube/client.ts';
import { StatusError, ifFound } from '../kube/errors.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { JsonValue, StateStore } from '../state/store.ts';
import { type Translator, marks } from '../translate/translator.ts';
import type { Opened } from './define-opt-in.ts';
import { outputKind } from './outputs.ts';

const prefix = 'opt-in/';
const pageSize = 500;

/** Objects of one kind that k3v makes on one side. */
interface Made {
  side: 'virtual' | 'host';
  resource: Resource;
  /** What their owner mark says, on the host. */
  ownerKind: string;
}

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
  const current = new Map(opened.flatMap(madeBy).map((made) => [entryOf(made), made]));
  for await (const [entry, value] of store.entries(prefix)) {
    if (current.has(entry)) continue;
    const made = value as unknown as Made;
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

function madeBy({ syncers = [], mirrors = [], outputs = [] }: Opened): Made[] {
  return [
    ...syncers.map(({ resource, hostResource = resource, namedAs = hostResource.kind }): Made => {
      return { side: 'host', resource: plain(hostResource), ownerKind: namedAs };
    }),
    ...outputs.map(
      ({ resource }): Made => ({ side: 'host', resource: plain(resource), ownerKind: outputKind(resource.kind) }),
    ),
    ...mirrors.map(({ resource }): Made => ({ side: 'virtual', resource: plain(resource), ownerKind: resource.kind })),
  ];
}

function plain({ group, version, plural, kind, namespaced }: Resource): Resource {
  return { group, version, plural, kind, namespaced };
}

function entryOf({ side, resource: { group, plural }, ownerKind }: Made): string {
  return `${prefix}${side}/${group}/${plural}/${ownerKind}`;
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
  let next: string | undefined;
  do {
    const options = { ...scope, limit: pageSize, ...(next ? { continue: next } : {}) };
    // A kind that is no longer served has no objects.
    const page = await ifFound(client.list<KubeObject>(resource, options));
    for (const { metadata } of page?.items ?? []) {
      const { name, namespace, uid } = metadata;
      if (side === 'host' && metadata.annotations?.[marks.ownerKind] !== ownerKind) continue;
      await ifFound(client.delete({ resource, namespace, name }, { uid }));
      count += 1;
    }
    next = page?.continue;
  } while (next);
  return count;
}
