import { StatusError, ifFound, isAlreadyExists } from '../kube/errors.ts';
import { mergePatchOf } from '../kube/merge-patch.ts';
import { type KubeEvent, type KubeObject, joinKey, keyOf, resources } from '../kube/types.ts';
import { enqueueFrom } from './enqueue-rule.ts';
import { type Involved, kindsWithEvents, lastSeenMs, resourceOf, toVirtualEvent } from './kinds/events.ts';
import { rememberGone } from './recently-gone.ts';
import type { Outcome, Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { createWriter } from './writer.ts';

/** Few: events are the least of what both API servers have to do. */
const workers = 2;
/** API servers forget events after an hour (`--event-ttl`); a host that keeps them longer must not bring old ones back. */
const lifeMs = 3_600_000;
/** Answers that stay the same however often one asks: not valid, namespace ending or gone. */
const refusals = new Set([400, 403, 404, 413, 422]);
const byInvolved = 'events-by-involved-uid';

/**
 * Returns the reconciler that shows host events about our objects on the virtual ones. Keys are those of the host events. Like the recorders
 * of Kubernetes it brings nothing back that a tenant deleted unless the event happens again, deletes nothing, since the API server lets
 * events expire, and gives up on an event that the API server refuses, as in a namespace that is being deleted.
 */
export function createEventReconciler({
  context,
  clients,
  stores,
  futile,
  plural,
  queue,
  now,
  log,
}: ReconcilerParts): Reconciler {
  const resource = resources.events;
  const { translator } = context;
  const hostEvents = stores.host.informer<KubeEvent>(resource);
  const virtualEvents = stores.virtual.informer<KubeEvent>(resource);
  const writer = createWriter({ client: clients.virtual, informer: virtualEvents, side: 'virtual', futile });
  /** Versions of the host events that have been seen to, by key. */
  const done = new Map<string, string>();
  // The kubelet's last words come when the pod has gone, on one side or both.
  const gone = {
    virtual: rememberGone(kindsWithEvents.map((kind) => stores.virtual.informer<KubeObject>(kind))),
    host: rememberGone(kindsWithEvents.map((kind) => stores.host.informer<KubeObject>(kind))),
  };

  hostEvents.addIndex(byInvolved, ({ involvedObject }) => [involvedObject.uid ?? '']);
  const isNew = (event: KubeEvent) => done.get(keyOf(event)) !== versionOf(event);

  async function reconcile(key: string): Promise<Outcome> {
    const event = hostEvents.get(key);
    if (!event) {
      done.delete(key);
      return undefined;
    }
    const involved = involvedIn(event);
    if (!involved || !isNew(event)) return undefined;
    const desired = toVirtualEvent(event, involved, context);
    if (desired) await show(desired, lastSeenMs(event));
    done.set(key, versionOf(event));
    return undefined;
  }

  /** An object of the same name, ours or not, that was there before or after is another one. */
  function involvedIn({ involvedObject: { uid, name = '', ...reference } }: KubeEvent): Involved | undefined {
    const kind = resourceOf(reference);
    if (!kind || !uid) return undefined;
    const find = (side: 'virtual' | 'host', key: string, wanted: string) => {
      const present = stores[side].informer<KubeObject>(kind).get(key);
      return present?.metadata.uid === wanted ? present : gone[side].get(wanted);
    };
    const host = find('host', joinKey(translator.hostNamespace, name), uid);
    const owner = host && translator.ownerOf(host, kind.kind);
    if (!host || !owner?.uid) return undefined;
    return { host, owner, virtual: find('virtual', joinKey(owner.namespace, owner.name), owner.uid) };
  }

  async function show(desired: KubeEvent, seenMs: number): Promise<void> {
    const live = virtualEvents.get(keyOf(desired));
    try {
      // It may have expired meanwhile.
      if (live && (await update(live, desired))) return;
      if (now() - seenMs < lifeMs) await create(desired);
    } catch (error) {
      if (!(error instanceof StatusError) || !refusals.has(error.code)) throw error;
      log.debug({ kind: resource.kind, virtual: keyOf(desired), reason: error.message }, 'API server refused an event');
    }
  }

  async function update(live: KubeEvent, desired: KubeEvent): Promise<KubeEvent | undefined> {
    return await ifFound(writer.patch(live, (each) => mergePatchOf(contentOf(each), contentOf(desired))));
  }

  async function create(desired: KubeEvent): Promise<void> {
    try {
      await writer.create(desired);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // The answer to an earlier try was lost: the event may have happened again since.
      const { namespace, name } = desired.metadata;
      await clients.virtual.patch({ resource, namespace, name }, 'merge', contentOf(desired));
    }
  }

  return {
    resource,
    plural,
    queue,
    workers,
    reconcile,
    enqueuedBy: [
      enqueueFrom<KubeEvent>('host', resource, (event) => [keyOf(event)]),
      // Its first event may have come before the object itself.
      ...kindsWithEvents.map((kind) =>
        enqueueFrom('host', kind, (object) => hostEvents.byIndex(byInvolved, uidOf(object)).filter(isNew).map(keyOf)),
      ),
    ],
    counts: () => ({ virtual: virtualEvents.size(), host: hostEvents.size() }),
  };
}

/** All that may change of an event. */
function contentOf(event: KubeEvent): Omit<KubeEvent, 'metadata'> {
  const { metadata: _, apiVersion: __, kind: ___, ...content } = event;
  return content;
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}

function versionOf({ metadata: { uid, resourceVersion } }: KubeEvent): string {
  return `${uid}/${resourceVersion}`;
}
