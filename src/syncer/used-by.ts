import type { KubeObject } from '../kube/types.ts';
import type { SyncerDefinition } from './define-syncer.ts';
import type { SyncContext } from './sync-context.ts';
import type { SideStores } from './side-stores.ts';

/**
 * Indexes those who name objects of `definition` (its `usedBy`), and returns whether the object under a key is named by one of them, or crosses
 * used or not.
 */
export function indexUsers<V extends KubeObject, H extends KubeObject>(
  { resource, usedBy }: SyncerDefinition<V, H>,
  { stores, context }: { stores: { virtual: SideStores; host: SideStores }; context: SyncContext },
): (key: string) => boolean {
  if (!usedBy) return () => true;
  const users = usedBy.map((rule, number) => {
    const index = `${resource.plural}-used-${number}`;
    const informer = stores[rule.side].informer<KubeObject>(rule.resource);
    informer.addIndex(index, (object) => rule.keys(object, context));
    return { informer, index };
  });
  return (key) =>
    context.settings.syncAll.has(resource.plural) ||
    users.some(({ informer, index }) => informer.countOf(index, key) > 0);
}
