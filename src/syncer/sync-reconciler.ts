import { type KubeObject, splitKey } from '../kube/types.ts';
import { marks } from '../translate/translator.ts';
import { applyVirtualChange } from './apply-virtual-change.ts';
import { type Decision, decide } from './decide.ts';
import { NotYet, type SyncerDefinition, type VirtualChange } from './define-syncer.ts';
import { createHostObjects } from './host-objects.ts';
import { rememberGone } from './recently-gone.ts';
import type { Outcome, Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { indexUsers } from './used-by.ts';
import { createWriter } from './writer.ts';

const workers = 8;
const byOwnerKind = 'by-owner-kind';

/** Returns the reconciler that keeps one virtual kind and its host objects alike. Keys are those of the virtual object. */
export function createSyncReconciler<V extends KubeObject, H extends KubeObject>(
  definition: SyncerDefinition<V, H>,
  parts: ReconcilerParts,
): Reconciler {
  const { context, clients, stores, futile, journal, events, queue, now, log } = parts;
  const { translator } = context;
  const { resource, hostResource = resource, namedAs = hostResource.kind, life = 'mirrors' } = definition;
  const virtualStore = stores.virtual.informer<V>(resource);
  const hostStore = stores.host.informer<H>(hostResource);
  const virtualWriter = createWriter({ client: clients.virtual, informer: virtualStore, side: 'virtual', futile });
  const hostObjects = createHostObjects(definition, parts);
  const isUsed = indexUsers(definition, parts);
  const gone = life === 'runs' ? rememberGone([hostStore]) : undefined;
  // Several definitions may share the objects of one host kind.
  hostStore.addIndex(byOwnerKind, ({ metadata }) => [metadata.annotations?.[marks.ownerKind] ?? '']);

  async function reconcile(key: string): Promise<Outcome> {
    const virtual = virtualStore.get(key);
    if (!virtual && (await journal.resume(resource, key))) return undefined;
    const host = hostStore.get(hostObjects.keyFor(key));
    const decision = decide({
      virtual,
      host,
      owner: host && translator.ownerOf(host, namedAs),
      crosses: virtual !== undefined && (definition.selects?.(virtual, context) ?? true) && isUsed(key),
      life,
      wasOnHost: [virtual, host].some((object) => object !== undefined && definition.wasOnHost?.(object)),
      nowMs: now(),
    });
    return await carryOut(decision, key, virtual, host);
  }

  async function carryOut(
    decision: Decision,
    key: string,
    virtual: V | undefined,
    host: H | undefined,
  ): Promise<Outcome> {
    switch (decision.action) {
      case 'nothing':
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
        return decision.thenReport && virtual && host ? await report(key, virtual, host) : undefined;
      case 'end-virtual':
        return virtual && (await endVirtual(key, virtual, decision));
      case 'sync':
        return virtual && host && (await sync(key, virtual, host));
      case 'report':
        return virtual && host && (await report(key, virtual, host));
      default:
        return assertNever(decision);
    }
  }

  async function createHost(key: string, virtual: V): Promise<Outcome> {
    const lost = definition.whenLost?.(virtual);
    if (lost && (await hostObjects.find(key)) === undefined) return await apply(virtual, lost);
    const { current, later } = await hostObjects.create(virtual);
    return (current && (await report(key, virtual, current))) ?? later;
  }

  async function sync(key: string, virtual: V, host: H): Promise<Outcome> {
    if (definition.isOutdated?.(virtual, host, context)) {
      // Made anew when the host says that it has gone; it may have begun to run meanwhile.
      await hostObjects.writer.delete(host, { graceSeconds: 0, resourceVersion: host.metadata.resourceVersion });
      return undefined;
    }
    const updated = await hostObjects.update(virtual, host);
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
      outcome = await report(key, virtual, current);
    }
    return outcome ?? updated.later;
  }

  async function endVirtual(
    key: string,
    virtual: V,
    { graceSeconds, hostGone }: Decision & { action: 'end-virtual' },
  ): Promise<Outcome> {
    if (hostGone && !virtual.metadata.deletionTimestamp) {
      // The store may miss an object whose labels were taken off: ask before ending anything.
      const hidden = await hostObjects.find(key);
      if (hidden !== undefined && hidden.metadata.annotations?.[marks.ownerUid] === virtual.metadata.uid) {
        await hostObjects.update(virtual, hidden);
        return undefined;
      }
    }
    if (hostGone) await reportLast(key, virtual);
    await virtualWriter.delete(virtual, { graceSeconds });
    log.debug({ kind: resource.kind, virtual: key }, 'ended virtual object whose host object has gone');
    return undefined;
  }

  /** What the host object said last has to be heard, as how a pod ended counts for its Job; it may have gone before it was. */
  async function reportLast(key: string, virtual: V): Promise<void> {
    const isLast = ({ metadata }: KubeObject) => metadata.annotations?.[marks.ownerUid] === virtual.metadata.uid;
    const last = [...(gone?.values() ?? [])].findLast(isLast);
    if (!last) return;
    await report(key, virtual, last).catch((error: unknown) => {
      if (!(error instanceof NotYet)) throw error;
    });
  }

  async function report(key: string, virtual: V, host: H): Promise<Outcome> {
    const change = definition.toVirtual?.(host, virtual, context);
    if (!change) return undefined;
    if (!change.recreateAs) return await apply(virtual, change);
    // Without an owner UID the host object is free to be taken by the replacement, as one that admission made.
    await hostObjects.writer.patch(host, (live) =>
      live.metadata.annotations?.[marks.ownerUid]
        ? { metadata: { annotations: { [marks.ownerUid]: null } } }
        : undefined,
    );
    await journal.recreate(resource, virtual.metadata.uid, change.recreateAs);
    log.info({ kind: resource.kind, virtual: key }, 'made virtual object anew with the fields the host chose');
    return undefined;
  }

  async function apply(virtual: V, change: VirtualChange<V>): Promise<Outcome> {
    const { warning } = change;
    if (warning) await events.warn(resource, virtual, warning.reason, warning.message);
    return await applyVirtualChange(change, virtual, virtualWriter, parts);
  }

  return {
    resource,
    plural: definition.statusName ?? hostResource.plural,
    queue,
    workers,
    reconcile,
    hostNameOf: (key) => splitKey(hostObjects.keyFor(key)).name,
    counts: () => ({ virtual: virtualStore.size(), host: hostStore.byIndex(byOwnerKind, namedAs).length }),
  };
}

function assertNever(value: never): never {
  throw new Error(`unexpected decision ${JSON.stringify(value)}`);
}
