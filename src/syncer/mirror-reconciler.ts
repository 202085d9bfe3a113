import { isInvalid } from '../kube/errors.ts';
import { mergePatchOf } from '../kube/merge-patch.ts';
import type { KubeObject } from '../kube/types.ts';
import { marks } from '../translate/translator.ts';
import type { MirrorDefinition } from './define-mirror.ts';
import { hostPatchOf } from './host-patch.ts';
import type { Outcome, Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { createWriter } from './writer.ts';

const workers = 4;

/** Returns the reconciler that keeps the virtual objects which k3v makes itself. Keys are those of the virtual object. */
export function createMirrorReconciler<V extends KubeObject>(
  definition: MirrorDefinition<V>,
  { context, clients, stores, futile, events, plural, queue }: ReconcilerParts,
): Reconciler {
  const { resource } = definition;
  const store = stores.virtual.informer<V>(resource);
  const writer = createWriter({ client: clients.virtual, informer: store, side: 'virtual', futile });

  async function reconcile(key: string): Promise<Outcome> {
    const desired = definition.fromHost(key, context);
    const live = store.get(key);
    const isOurs = live?.metadata.labels?.[marks.managedLabel] === 'true';
    if (live && !isOurs) {
      const warning = definition.warnOfForeign?.(live);
      if (!warning) return undefined;
      await events.warn(resource, live, warning.reason, warning.message);
      return { why: warning.message, reason: warning.reason };
    }
    // One that is on its way out lets go of its finalizers only by its last status, and is made anew after that.
    const isLeaving = definition.lastStatus !== undefined && live?.metadata.deletionTimestamp !== undefined;
    if (!desired || isLeaving) {
      if (live) await retire(live);
      return undefined;
    }
    const labelled = withManagedLabel(desired);
    const current = live ? await bringTo(labelled, live) : await writer.create(labelled);
    const status: unknown = JSON.parse(JSON.stringify(Reflect.get(desired, 'status') ?? null));
    if (status === null) return undefined;
    await writer.patch(current, (each) => mergePatchOf({ status: Reflect.get(each, 'status') }, { status }), {
      subresource: 'status',
    });
    return undefined;
  }

  async function bringTo(desired: V, live: V): Promise<V> {
    try {
      return await writer.patch(live, (each) => hostPatchOf(desired, each, definition.wholeFields));
    } catch (error) {
      if (!definition.mayBeMadeAnew || !isInvalid(error)) throw error;
      await writer.delete(live);
      return await writer.create(desired);
    }
  }

  async function retire(live: V): Promise<void> {
    const { lastStatus } = definition;
    if (lastStatus) {
      const change = (each: V) => mergePatchOf({ status: Reflect.get(each, 'status') }, { status: lastStatus });
      await writer.patch(live, change, { subresource: 'status' });
    }
    if (!live.metadata.deletionTimestamp) await writer.delete(live);
  }

  return {
    resource,
    plural,
    queue,
    workers,
    reconcile,
    counts: () => ({ virtual: store.size(), host: 0 }),
  };
}

function withManagedLabel<V extends KubeObject>(object: V): V {
  const labels = { ...object.metadata.labels, [marks.managedLabel]: 'true' };
  return { ...object, metadata: { ...object.metadata, labels } };
}
