import { type KubeObject, joinKey, splitKey } from '../kube/types.ts';
import { marks } from '../translate/translator.ts';
import { applyVirtualChange } from './apply-virtual-change.ts';
import { type Decision, decide } from './decide.ts';
import type { SyncerDefinition, VirtualChange } from './define-syncer.ts';
import { enqueueFrom } from './enqueue-rule.ts';
import { rememberOwners } from './former-owners.ts';
import { NotYet } from './not-yet.ts';
import { createHostObjects } from './host-objects.ts';
import { rememberGone } from './recently-gone.ts';
import { createHiddenRemover } from './remove-hidden.ts';
import { QuotaExceeded } from './quota-exceeded.ts';
import type { Outcome, Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { indexUsers } from './used-by.ts';
import { createWriter } from './writer.ts';

const workers = 8;
const byOwnerKind = 'by-owner-kind';
/** How long until a host object that ends unseen is asked for again. */
const hiddenMs = 1_000;

/** Returns the reconciler that keeps one virtual kind and its host objects alike. Keys are those of the virtual object. */
export function createSyncReconciler<V extends KubeObject, H extends KubeObject>(
  definition: SyncerDefinition<V, H>,
  parts: ReconcilerParts,
): Reconciler {
  const { context, clients, stores, futile, events, plural, queue, now, log } = parts;
  const { translator } = context;
  const { resource, hostResource = resource, namedAs = hostResource.kind, life = 'mirrors' } = definition;
  const virtualStore = stores.virtual.informer<V>(resource);
  const hostStore = stores.host.informer<H>(hostResource);
  const virtualWriter = createWriter({ client: clients.virtual, informer: virtualStore, side: 'virtual', futile });
  const hostObjects = createHostObjects(definition, parts);
  const isUsed = indexUsers(definition, parts);
  const ownerOf = rememberOwners(hostStore, (object) => translator.ownerOf(object, namedAs));
  const removeHidden = createHiddenRemover(hostStore, {
    hostObjects,
    translator,
    namedAs,
    isCollected: (host) => definition.isCollected?.(host) ?? false,
    graceSeconds: life === 'runs' ? 0 : undefined,
  });
  /** By the UID of the virtual object. */
  const gone = life === 'runs' ? rememberGone([hostStore], (host) => ownerOf(host)?.uid) : undefined;
  // Several definitions may share the objects of one host kind.
  hostStore.addIndex(byOwnerKind, ({ metadata }) => [metadata.annotations?.[marks.ownerKind] ?? '']);

  async function reconcile(key: string): Promise<Outcome> {
    const virtual = virtualStore.get(key);
    const host = hostStore.get(hostObjects.keyFor(key));
    const decision = decide({
      virtual,
      host,
      owner: host && ownerOf(host),
      outlives: definition.outlives?.(splitKey(key)) ?? false,
      crosses: virtual !== undefined && crosses(virtual) && isUsed(key),
      life,
      wasOnHost: [virtual, host].some((object) => object !== undefined && definition.wasOnHost?.(object)),
      nowMs: now(),
    });
    return await carryOut(decision, key, virtual, host);
  }

  function crosses(virtual: V): boolean {
    return (definition.mayCross?.(virtual) ?? true) && (definition.selects?.(virtual, context) ?? true);
  }

  async function carryOut(
    decision: Decision,
    key: string,
    virtual: V | undefined,
    host: H | undefined,
  ): Promise<Outcome> {
    switch (decision.action) {
      case 'nothing':
        if (!host) await removeHidden(key);
        if (decision.gone) await definition.afterGone?.(key);
        return undefined;
      case 'wait':
        return { retryAfterMs: decision.delayMs };
      case 'create-host':
        return virtual && (await createHost(key, virtual));
      case 'delete-host':
        if (host) {
          await hostObjects.writer.delete(host, { graceSeconds: decision.graceSeconds });
          log.debug({ kind: resource.kind, virtual: key, host: host.metadata.name }, 'deleted host object');
        }
        return decision.thenReport && virtual && host ? await report(virtual, host) : undefined;
      case 'end-virtual':
        return virtual && (await endVirtual(key, virtual, decision));
      case 'sync':
        return virtual && host && (await sync(key, virtual, host));
      case 'report':
        return virtual && host && (await report(virtual, host));
      default:
        return assertNever(decision);
    }
  }

  async function createHost(key: string, virtual: V): Promise<Outcome> {
    const lost = definition.whenLost?.(virtual);
    if (lost && (await hostObjects.find(key)) === undefined) return await apply(virtual, lost);
    // Whose volume is there must not be asked of the host to make: that would be another one.
    const { current, later } = await (lost ? hostObjects.takeUp(virtual) : hostObjects.create(virtual));
    return both(later, current && (await report(virtual, current)));
  }

  async function sync(key: string, virtual: V, host: H): Promise<Outcome> {
    if (definition.isOutdated?.(virtual, host, context)) {
      // Made anew when the host says that it has gone; it may have begun to run meanwhile.
      await hostObjects.writer.delete(host, { graceSeconds: 0, resourceVersion: host.metadata.resourceVersion });
      return undefined;
    }
    const updated = await hostObjects.update(virtual, host).catch(async (error: unknown) => {
      // That it cannot grow must not keep the tenant from seeing what it is.
      if (error instanceof QuotaExceeded) await report(virtual, host);
      throw error;
    });
    let { current } = updated;
    let outcome: Outcome;
    try {
      for (const { subresource, patch } of definition.hostSubresources ?? []) {
        const change = (live: H) => patch(virtual, live, context);
        current = await hostObjects.writer.patch(current, change, { type: 'strategic', subresource });
      }
    } finally {
      // Last, as what the host says before it has heard all that the tenant asks for is no answer to that; and in any case, as a refused
      // subresource must not keep the tenant from seeing the status.
      outcome = await report(virtual, current);
    }
    return both(updated.later, outcome);
  }

  async function endVirtual(
    key: string,
    virtual: V,
    { graceSeconds, hostGone }: Decision & { action: 'end-virtual' },
  ): Promise<Outcome> {
    const last = hostGone ? lastOf(virtual) : undefined;
    // The store misses an object whose labels were taken off: ask before ending anything. One that was seen to end has ended.
    if (hostGone && !(virtual.metadata.deletionTimestamp && last?.metadata.deletionTimestamp)) {
      const hidden = await hostObjects.find(key);
      if (hidden !== undefined && hidden.metadata.annotations?.[marks.ownerUid] === virtual.metadata.uid) {
        return await takeBack(virtual, hidden);
      }
    }
    if (last) await reportLast(virtual, last);
    await virtualWriter.delete(virtual, { graceSeconds });
    log.debug({ kind: resource.kind, virtual: key }, 'ended virtual object whose host object has gone');
    return undefined;
  }

  /** Brings a host object that lost its labels back under the eyes of the store; one that is to end ends as it is. */
  async function takeBack(virtual: V, hidden: H): Promise<Outcome> {
    if (!virtual.metadata.deletionTimestamp) {
      await hostObjects.update(virtual, hidden);
      return undefined;
    }
    const { deletionGracePeriodSeconds: graceSeconds } = virtual.metadata;
    if (!hidden.metadata.deletionTimestamp) await hostObjects.writer.delete(hidden, { graceSeconds });
    return { retryAfterMs: hiddenMs };
  }

  /** The form in which the store last saw the host object of `virtual`, which has gone from it. */
  function lastOf(virtual: V): H | undefined {
    return gone?.get(virtual.metadata.uid ?? '');
  }

  /** What the host object said last has to be heard, as how a pod ended counts for its Job; it may have gone before it was. */
  async function reportLast(virtual: V, last: H): Promise<void> {
    await report(virtual, last).catch((error: unknown) => {
      if (!(error instanceof NotYet)) throw error;
    });
  }

  async function report(virtual: V, host: H): Promise<Outcome> {
    const change = definition.toVirtual?.(host, virtual, context);
    return change && (await apply(virtual, change));
  }

  async function apply(virtual: V, change: VirtualChange<V>): Promise<Outcome> {
    const { warning } = change;
    if (warning) await events.warn(resource, virtual, warning.reason, warning.message);
    const outcome = await applyVirtualChange(change, virtual, virtualWriter, parts);
    return both(warning && { why: warning.message, reason: warning.reason }, outcome);
  }

  function ownKeys(host: H): string[] {
    const owner = ownerOf(host);
    return owner ? [joinKey(owner.namespace, owner.name)] : [];
  }

  return {
    resource,
    plural,
    queue,
    workers,
    reconcile,
    enqueuedBy: [enqueueFrom('host', hostResource, ownKeys)],
    hostNameOf: (key) => splitKey(hostObjects.keyFor(key)).name,
    counts: () => ({ virtual: virtualStore.size(), host: hostStore.countOf(byOwnerKind, namedAs) }),
  };
}

/** Returns what both ask for; where they differ, what `second` does. */
function both(first: Outcome, second: Outcome): Outcome {
  return first || second ? { ...first, ...second } : undefined;
}

function assertNever(value: never): never {
  throw new Error(`unexpected decision ${JSON.stringify(value)}`);
}
