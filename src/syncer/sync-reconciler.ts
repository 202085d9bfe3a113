import { ifFound, isAlreadyExists, isConflict, isInvalid } from '../kube/errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { mergePatchOf } from '../kube/merge-patch.ts';
import { type KubeObject, type Node, joinKey, resources, splitKey } from '../kube/types.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../log.ts';
import { marks } from '../translate/translator.ts';
import { type Decision, decide } from './decide.ts';
import { type SyncContext, type SyncerDefinition, type VirtualChange } from './define-syncer.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { FutileWrites } from './futile-writes.ts';
import { hostPatchOf, metadataPatchOf } from './host-patch.ts';
import type { Outcome, Reconciler } from './reconciler.ts';
import type { RecreateJournal } from './recreate-journal.ts';
import type { SideStores } from './side-stores.ts';
import { type Writer, createWriter } from './writer.ts';

/** What a reconciler of any definition works with. */
export interface ReconcilerParts {
  context: SyncContext;
  clients: { virtual: KubeClient; host: KubeClient };
  stores: { virtual: SideStores; host: SideStores };
  futile: FutileWrites;
  journal: RecreateJournal;
  events: EventRecorder;
  queue: WorkQueue;
  now: () => number;
  log: Logger;
}

const workers = 8;
const byOwnerKind = 'by-owner-kind';
/** A pod whose node is not mirrored yet is bound a moment later. */
const nodeWaitMs = 50;

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
  const hostWriter = createWriter({ client: clients.host, informer: hostStore, side: 'host', futile });
  // Several definitions may share the objects of one host kind.
  hostStore.addIndex(byOwnerKind, ({ metadata }) => [metadata.annotations?.[marks.ownerKind] ?? '']);
  const users = (definition.usedBy ?? []).map((rule, index) => ({
    lister: stores[rule.side].informer(rule.resource),
    index: usedByIndex(definition, index),
  }));

  const crosses = (virtual: V, key: string) =>
    (definition.selects?.(virtual, context) ?? true) &&
    (users.length === 0 ||
      context.settings.syncAll.has(resource.plural) ||
      users.some(({ lister, index }) => lister.byIndex(index, key).length > 0));

  const hostKeyOf = (key: string) => {
    const { namespace, name } = splitKey(key);
    return joinKey(translator.hostNamespace, translator.hostName(namedAs, namespace, name));
  };

  async function reconcile(key: string): Promise<Outcome> {
    const virtual = virtualStore.get(key);
    const host = hostStore.get(hostKeyOf(key));
    const owner = host && translator.ownerOf(host, namedAs);
    const decision = decide({
      virtual,
      host,
      owner,
      crosses: virtual !== undefined && crosses(virtual, key),
      life,
      wasOnHost: virtual !== undefined && (definition.wasOnHost?.(virtual) ?? false),
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
          await hostWriter.delete(host, decision.graceSeconds);
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

  /** A refused subresource must not keep the tenant from seeing the status. */
  async function sync(key: string, virtual: V, host: H): Promise<Outcome> {
    const updated = await updateHost(virtual, host);
    let { current } = updated;
    const outcome = (await report(key, virtual, current)) ?? updated.later;
    for (const { subresource, patch } of definition.hostSubresources ?? []) {
      const change = (live: H) => patch(virtual, live, context);
      current = await hostWriter.patch(current, change, { type: 'strategic', subresource });
    }
    return outcome;
  }

  async function createHost(key: string, virtual: V): Promise<Outcome> {
    definition.beforeCreate?.(virtual, context);
    const { desired, later } = await desiredFor(virtual, undefined);
    try {
      const host = await createOrInstead(desired);
      log.debug({ kind: resource.kind, virtual: key, host: host.metadata.name }, 'created host object');
      return (await report(key, virtual, host)) ?? later;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await takeUp(key, virtual, desired);
    }
  }

  async function desiredFor(virtual: V, live: H | undefined): Promise<{ desired: H; later: Outcome }> {
    const desired = definition.toHost(virtual, context);
    const tools = { client: clients.virtual, nowMs: now() };
    const completion = await definition.complete?.(desired, live, virtual, tools);
    if (!completion) return { desired, later: undefined };
    return { desired: completion.object, later: { retryAfterMs: completion.againMs } };
  }

  async function createOrInstead(desired: H): Promise<H> {
    try {
      return await hostWriter.create(desired);
    } catch (error) {
      const instead = isInvalid(error) ? definition.whenInvalid?.(desired, error.message) : undefined;
      if (instead === undefined) throw error;
      return await hostWriter.create(instead);
    }
  }

  /** The name is taken on the host: by our object that the store does not show (yet, or for lack of labels), or by a foreign one. */
  async function takeUp(key: string, virtual: V, desired: H): Promise<Outcome> {
    const { name, namespace } = desired.metadata;
    const existing = await getHost(name);
    if (existing === undefined) return { retryAfterMs: 0 };
    const ownerUid = existing.metadata.annotations?.[marks.ownerUid];
    const isOurs = translator.ownerOf(withOurLabels(existing, desired), namedAs) !== undefined;
    if (isOurs && (ownerUid === undefined || ownerUid === virtual.metadata.uid)) {
      if (existing.metadata.deletionTimestamp) return { retryAfterMs: 1_000 };
      const { current, later } = await updateHost(virtual, existing);
      return (await report(key, virtual, current)) ?? later;
    }
    if (isOurs) {
      await hostWriter.delete(existing);
      return { retryAfterMs: 500 };
    }
    const taken = `the host already has a ${hostResource.kind} ${namespace}/${name} that is not managed by k3v`;
    await events.warn(resource, virtual, 'HostNameTaken', taken);
    return { retryAfterMs: 60_000, why: taken };
  }

  async function getHost(name: string): Promise<H | undefined> {
    const ref = { resource: hostResource, namespace: translator.hostNamespace, name };
    return await ifFound(clients.host.get<H>(ref));
  }

  async function updateHost(virtual: V, host: H): Promise<{ current: H; later: Outcome }> {
    const { desired, later } = await desiredFor(virtual, host);
    const { hostPatch, wholeFields } = definition;
    if (!hostPatch) {
      return { current: await hostWriter.patch(host, (live) => hostPatchOf(desired, live, wholeFields)), later };
    }
    const change = (live: H) => {
      const body = hostPatch(desired, live, context);
      const metadata = metadataPatchOf(desired, live);
      return body || metadata ? { ...body, ...(metadata ? { metadata } : {}) } : undefined;
    };
    return { current: await hostWriter.patch(host, change, { type: 'strategic' }), later };
  }

  async function endVirtual(
    key: string,
    virtual: V,
    { graceSeconds, hostGone }: Decision & { action: 'end-virtual' },
  ): Promise<Outcome> {
    if (hostGone && !virtual.metadata.deletionTimestamp) {
      // The store may miss an object whose labels were taken off: ask before ending anything.
      const hidden = await getHost(splitKey(hostKeyOf(key)).name);
      if (hidden !== undefined && hidden.metadata.annotations?.[marks.ownerUid] === virtual.metadata.uid) {
        await updateHost(virtual, hidden);
        return undefined;
      }
    }
    await virtualWriter.delete(virtual, graceSeconds);
    log.debug({ kind: resource.kind, virtual: key }, 'ended virtual object whose host object has gone');
    return undefined;
  }

  async function report(key: string, virtual: V, host: H): Promise<Outcome> {
    const change = definition.toVirtual?.(host, virtual, context);
    if (!change) return undefined;
    if (change.recreateAs) {
      // Without an owner UID the host object is free to be taken by the replacement, as one that admission made.
      await hostWriter.patch(host, (live) =>
        live.metadata.annotations?.[marks.ownerUid]
          ? { metadata: { annotations: { [marks.ownerUid]: null } } }
          : undefined,
      );
      await journal.recreate(resource, virtual.metadata.uid, change.recreateAs);
      log.info({ kind: resource.kind, virtual: key }, 'made virtual object anew with the fields the host chose');
      return undefined;
    }
    return await applyChange(change, virtual, virtualWriter, parts);
  }

  return {
    resource,
    plural: definition.statusName ?? hostResource.plural,
    queue,
    workers,
    reconcile,
    counts: () => ({ virtual: virtualStore.size(), host: hostStore.byIndex(byOwnerKind, namedAs).length }),
  };
}

async function applyChange<V extends KubeObject>(
  { patch, bindTo, status }: VirtualChange<V>,
  virtual: V,
  writer: Writer<V>,
  { clients, stores }: ReconcilerParts,
): Promise<Outcome> {
  let current = virtual;
  if (patch) current = await writer.patch(current, (live) => mergePatchOf(live, { ...live, ...deepOver(live, patch) }));
  if (bindTo) {
    if (!stores.virtual.informer<Node>(resources.nodes).get(bindTo)) {
      return { retryAfterMs: nodeWaitMs, why: `node ${bindTo} is not mirrored yet` };
    }
    // Binding changes the pod, and with it comes another look: that one writes the status.
    return await bind(clients.virtual, current, bindTo);
  }
  if (status !== undefined) {
    const wanted: unknown = JSON.parse(JSON.stringify(status));
    await writer.patch(current, (live) => mergePatchOf({ status: Reflect.get(live, 'status') }, { status: wanted }), {
      subresource: 'status',
    });
  }
  return undefined;
}

/** Puts the pod on its node (pods/binding). A pod that is bound already is fine: the node can only be the same. */
async function bind(client: KubeClient, pod: KubeObject, node: string): Promise<undefined> {
  const { name, namespace, uid } = pod.metadata;
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  await client.request('POST', path, { body: binding }).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
  return undefined;
}

function deepOver(live: object, patch: object): object {
  const result: { [field: string]: unknown } = { ...live };
  for (const [field, value] of Object.entries(patch)) {
    const before = result[field];
    result[field] =
      typeof value === 'object' && value !== null && !Array.isArray(value) && typeof before === 'object' && before
        ? deepOver(before, value)
        : value;
  }
  return result;
}

function withOurLabels<H extends KubeObject>(existing: H, desired: H): H {
  const labels = { ...existing.metadata.labels, ...desired.metadata.labels };
  return { ...existing, metadata: { ...existing.metadata, labels } };
}

/** Returns the name of the index behind the `usedBy` rule number `index`. */
export function usedByIndex(definition: { resource: { plural: string } }, index: number): string {
  return `${definition.resource.plural}-used-${index}`;
}

function assertNever(value: never): never {
  throw new Error(`unexpected decision ${JSON.stringify(value)}`);
}
