import { ifFound, isAlreadyExists, isInvalid } from '../kube/errors.ts';
import { type KubeObject, joinKey, keyOf, splitKey } from '../kube/types.ts';
import { marks } from '../translate/translator.ts';
import type { SyncerDefinition } from './define-syncer.ts';
import { type DriftWatch, createDriftWatch } from './drift-watch.ts';
import { hostPatchOf, metadataPatchOf } from './host-patch.ts';
import type { Outcome } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { type Writer, createWriter } from './writer.ts';

const refusedPauseMs = 500;

/** A host object as it is after a write, and what to do later. Without `current` there is nothing to report yet. */
interface Written<H> {
  current: H | undefined;
  later: Outcome;
}

/** The host's objects of one definition: makes and changes them as their virtual objects ask. */
export interface HostObjects<V extends KubeObject, H extends KubeObject> {
  readonly writer: Writer<H>;
  /** Returns the key under which the host object of the virtual object `key` stands. */
  keyFor(key: string): string;
  /** Asks the host itself for the object of `key`: the store misses one whose labels were taken off. */
  find(key: string): Promise<H | undefined>;
  /** Makes the host object of `virtual`, or takes up the one that is there. */
  create(virtual: V): Promise<Written<H>>;
  /** Takes up the object that stands on the host where that of `virtual` would: ours that the store does not show (yet, or for lack of labels), or a foreign one. */
  takeUp(virtual: V): Promise<Written<H>>;
  /** Makes `host` what `virtual` asks for. */
  update(virtual: V, host: H): Promise<Written<H> & { current: H }>;
}

/** Returns the host objects of `definition`. */
export function createHostObjects<V extends KubeObject, H extends KubeObject>(
  definition: SyncerDefinition<V, H>,
  { context, clients, stores, futile, events, now, issuerClock, meter, log }: ReconcilerParts,
): HostObjects<V, H> {
  const { translator } = context;
  const { resource, hostResource = resource, namedAs = hostResource.kind, hostPatch, wholeFields } = definition;
  const whole = (desired: H, live: H) => (typeof wholeFields === 'function' ? wholeFields(desired, live) : wholeFields);
  const informer = stores.host.informer<H>(hostResource);
  /** UIDs of virtual objects: an address that the host object before had is free a moment after that has gone. */
  const refusedOnce = new Set<string>();
  const plainWriter = createWriter({ client: clients.host, informer, side: 'host', futile });
  const drift = meter && createDriftWatch(meter.repaired);
  const writer = drift ? withForgetting(plainWriter, drift) : plainWriter;

  const keyFor = (key: string) => {
    const { namespace, name } = splitKey(key);
    const hostName = translator.hostName(namedAs, namespace, name);
    return hostResource.namespaced ? joinKey(translator.hostNamespace, hostName) : hostName;
  };

  async function find(key: string): Promise<H | undefined> {
    return await ifFound(clients.host.get<H>({ resource: hostResource, ...splitKey(keyFor(key)) }));
  }

  async function desiredFor(virtual: V, live: H | undefined): Promise<{ desired: H; later: Outcome }> {
    const desired = definition.toHost(virtual, context);
    const tools = { client: clients.virtual, nowMs: now(), issuerClock };
    const completion = await definition.complete?.(desired, live, virtual, tools);
    if (!completion) return { desired, later: undefined };
    return { desired: completion.object, later: { retryAfterMs: completion.againMs } };
  }

  async function create(virtual: V): Promise<Written<H>> {
    definition.beforeCreate?.(virtual, context);
    const { desired, later } = await desiredFor(virtual, undefined);
    try {
      const current = await createOrWait(virtual, desired);
      if (!current) return { current, later: { retryAfterMs: refusedPauseMs } };
      drift?.asked(virtual, desired, true);
      log.debug({ kind: resource.kind, virtual: keyOf(virtual), host: current.metadata.name }, 'created host object');
      return { current, later };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await takeUp(virtual);
    }
  }

  /** Resolves with undefined if it is worth while to ask for the same once more, before something else is asked for. */
  async function createOrWait(virtual: V, desired: H): Promise<H | undefined> {
    const { uid = '' } = virtual.metadata;
    try {
      return refusedOnce.delete(uid) ? await createOrInstead(desired) : await writer.create(desired);
    } catch (error) {
      insteadOf(desired, error);
      refusedOnce.add(uid);
      return undefined;
    }
  }

  async function createOrInstead(desired: H): Promise<H> {
    try {
      return await writer.create(desired);
    } catch (error) {
      return await createOrInstead(insteadOf(desired, error));
    }
  }

  /** Throws `error` again if nothing but `desired` will do. */
  function insteadOf(desired: H, error: unknown): H {
    const instead = isInvalid(error) ? definition.whenInvalid?.(desired, error.message) : undefined;
    if (instead === undefined) throw error;
    return instead;
  }

  async function takeUp(virtual: V): Promise<Written<H>> {
    const desired = definition.toHost(virtual, context);
    const { name, namespace } = desired.metadata;
    const existing = await find(keyOf(virtual));
    if (existing === undefined) return { current: undefined, later: { retryAfterMs: 0 } };
    const ownerUid = existing.metadata.annotations?.[marks.ownerUid];
    const isOurs = translator.ownerByMarks(existing, namedAs) !== undefined;
    const isTheirs =
      ownerUid === undefined || ownerUid === virtual.metadata.uid || definition.outlives?.(splitKey(keyOf(virtual)));
    if (isOurs && isTheirs) {
      if (existing.metadata.deletionTimestamp) return { current: undefined, later: { retryAfterMs: 1_000 } };
      return await update(virtual, existing);
    }
    if (isOurs) {
      await writer.delete(existing);
      return { current: undefined, later: { retryAfterMs: 500 } };
    }
    const taken = `the host already has a ${hostResource.kind} ${joinKey(namespace ?? '', name)} that is not managed by k3v`;
    const told = `the host has a ${hostResource.kind} of another under the name that this one would get there`;
    await events.warn(resource, virtual, 'HostNameTaken', told);
    return { current: undefined, later: { retryAfterMs: 60_000, why: taken, reason: 'HostNameTaken' } };
  }

  async function update(virtual: V, host: H): Promise<Written<H> & { current: H }> {
    const { desired, later } = await desiredFor(virtual, host);
    const current = hostPatch
      ? await patchOrInstead(desired, host, hostPatch)
      : await writer.patch(host, (live) => hostPatchOf(desired, live, whole(desired, live)));
    drift?.asked(virtual, desired, current !== host);
    return { current, later };
  }

  async function patchOrInstead(desired: H, host: H, patch: NonNullable<typeof hostPatch>): Promise<H> {
    const change = (live: H) => {
      const body = patch(desired, live, context);
      const metadata = metadataPatchOf(desired, live);
      return body || metadata ? { ...body, ...(metadata ? { metadata } : {}) } : undefined;
    };
    try {
      return await writer.patch(host, change, { type: 'strategic' });
    } catch (error) {
      return await patchOrInstead(insteadOf(desired, error), host, patch);
    }
  }

  return { writer, keyFor, find, create, takeUp, update };
}

/** Returns `writer`, of which `drift` hears what it deletes. */
function withForgetting<H extends KubeObject>(writer: Writer<H>, drift: DriftWatch): Writer<H> {
  return {
    ...writer,
    async delete(object, options) {
      drift.forget(object.metadata.annotations?.[marks.ownerUid]);
      await writer.delete(object, options);
    },
  };
}
