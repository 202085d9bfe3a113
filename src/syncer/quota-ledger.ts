import { type KubeObject, type Resource, joinKey, keyOf } from '../kube/types.ts';
import { chargeOf, measureOf } from '../quota/measures.ts';
import { type Amounts, growth, wordsFor } from '../quota/quota.ts';
import type { Translator } from '../translate/translator.ts';
import { NotYet } from './not-yet.ts';
import { createPendingWrites } from './pending-writes.ts';
import { QuotaExceeded } from './quota-exceeded.ts';
import type { SideStores } from './side-stores.ts';

/** Room that was taken for a write. Ended once, by one of these. */
export interface Room {
  /** The host has made `written`. */
  filled(written: KubeObject): void;
  /** The host has not. */
  free(): void;
  /** Nobody knows whether it has. */
  unknown(): void;
}

/** Counts what this virtual cluster has on the host, with what is being made there. */
export interface QuotaLedger {
  /**
   * Takes room for `wanted` to stand on the host. Returns undefined if it does not count. Throws QuotaExceeded if there is not enough; with `waits` its owner
   * is woken once there is. What has grown too large already may stay, and grow less.
   */
  take(resource: Resource, wanted: KubeObject, options?: { waits?: boolean }): Room | undefined;
  /** Whether the quota names something that objects of `resource` take. */
  counts(resource: Resource): boolean;
  /** The host object of `resource` that stands under `key`. */
  standing(resource: Resource, key: string): KubeObject | undefined;
}

/** Where a host object stands, or would. */
interface Place {
  id: string;
  resource: Resource;
  key: string;
}

/** A virtual object whose host object has no room. */
interface Waiting {
  resource: Resource;
  key: string;
  id: string;
  charge: Amounts;
}

/**
 * Returns the ledger of `quota`; to be called before the stores start. `wake` is told of virtual objects, by resource and key, for which there is room
 * now, in the order in which they came.
 */
export function createQuotaLedger({
  quota,
  stores,
  translator,
  wake,
  elapsed,
}: {
  quota: Amounts;
  stores: { virtual: SideStores; host: SideStores };
  translator: Translator;
  wake: (resource: Resource, key: string) => void;
  elapsed: () => number;
}): QuotaLedger {
  const used = new Map<string, number>();
  /** What each host object was last counted as. */
  const counted = new Map<string, Amounts>();
  const pending = createPendingWrites<Place>(elapsed);
  const waiting = new Map<string, Waiting>();
  let isWaking = false;
  const measured = new Set([...quota.keys()].flatMap((name) => measureOf(name)?.resource ?? []));

  const idOf = ({ plural }: Resource, key: string) => `${plural}/${key}`;
  const usedOf = (name: string) => used.get(name) ?? 0;
  const standing = (resource: Resource, key: string) => stores.host.informer<KubeObject>(resource).get(key);
  const chargeOfOurs = (resource: Resource, object: KubeObject) =>
    translator.ownerOf(object, resource.kind) && chargeOf(object, resource, quota);

  /** Brings the sums to what stands under `key` and is being made there, the larger of both. */
  function recount(resource: Resource, key: string): void {
    const id = idOf(resource, key);
    const object = standing(resource, key);
    const charges = [object && chargeOfOurs(resource, object), ...pending.chargesIn(id)];
    const present = charges.filter((each) => each !== undefined);
    const before = counted.get(id);
    const after = new Map<string, number>();
    for (const charge of present)
      for (const [name, amount] of charge) after.set(name, Math.max(after.get(name) ?? 0, amount));
    let isLess = false;
    for (const name of new Set([...(before?.keys() ?? []), ...after.keys()])) {
      const change = (after.get(name) ?? 0) - (before?.get(name) ?? 0);
      used.set(name, usedOf(name) + change);
      if (change < 0) isLess = true;
    }
    if (present.length > 0) counted.set(id, after);
    else counted.delete(id);
    if (isLess) wakeSoon();
  }

  /** Once for all that a message of a watch tells. */
  function wakeSoon(): void {
    if (isWaking || waiting.size === 0) return;
    isWaking = true;
    setImmediate(() => {
      isWaking = false;
      wakeThoseWithRoom();
    });
  }

  function wakeThoseWithRoom(): void {
    const room = new Map([...quota].map(([name, amount]) => [name, amount - usedOf(name)]));
    for (const [owner, { resource, key, id, charge }] of waiting) {
      const virtual = stores.virtual.informer<KubeObject>(resource).get(key);
      if (!virtual || virtual.metadata.deletionTimestamp) {
        waiting.delete(owner);
        continue;
      }
      const more = growth(charge, counted.get(id));
      if ([...more].some(([name, amount]) => amount > (room.get(name) ?? 0))) continue;
      for (const [name, amount] of more) room.set(name, (room.get(name) ?? 0) - amount);
      waiting.delete(owner);
      wake(resource, key);
    }
  }

  /** Counts no longer those writes without an answer that cannot come about any more. */
  function dropExpired(): void {
    for (const { resource, key } of pending.dropExpired()) recount(resource, key);
  }

  /** Counts what stands under `key`: a write without an answer that shows in it has come about. */
  function look(resource: Resource, key: string): void {
    const object = standing(resource, key);
    const stands = object && chargeOfOurs(resource, object);
    if (stands) pending.dropShown(idOf(resource, key), stands);
    recount(resource, key);
  }

  for (const resource of measured) {
    stores.host.informer<KubeObject>(resource).onChange(({ previous, current }) => {
      const object = current ?? previous;
      if (object) look(resource, keyOf(object));
      dropExpired();
    });
  }

  return {
    counts: (resource) => measured.has(resource),
    standing: (resource, key) => (measured.has(resource) ? standing(resource, key) : undefined),
    take(resource, wanted, { waits = false } = {}) {
      const owner = measured.has(resource) ? translator.ownerOf(wanted, resource.kind) : undefined;
      const charge = owner && chargeOf(wanted, resource, quota);
      if (!charge) return undefined;
      dropExpired();
      const hostKey = keyOf(wanted);
      const id = idOf(resource, hostKey);
      const more = growth(charge, counted.get(id));
      const over = [...more].filter(([name, amount]) => usedOf(name) + amount > (quota.get(name) ?? 0));
      const key = joinKey(owner.namespace, owner.name);
      if (over.length > 0) {
        if (waits) waiting.set(idOf(resource, key), { resource, key, id, charge });
        const names = over.map(([name]) => name);
        const of = (amount: (name: string) => number) => wordsFor(new Map(names.map((name) => [name, amount(name)])));
        throw new QuotaExceeded(
          `exceeded quota of the virtual cluster, requested: ${wordsFor(new Map(over))}, used: ${of(usedOf)}, limited: ${of((name) => quota.get(name) ?? 0)}`,
        );
      }
      waiting.delete(idOf(resource, key));
      const write = pending.begin({ id, resource, key: hostKey }, charge);
      recount(resource, hostKey);
      const free = () => {
        write.end();
        recount(resource, hostKey);
      };
      return {
        free,
        filled(written) {
          // Of one that no longer says whose it is the watch is to tell, with the object as it was.
          if (translator.ownerOf(written, resource.kind)) stores.host.informer<KubeObject>(resource).observe(written);
          free();
          look(resource, keyOf(written));
        },
        unknown: () => write.leaveOpen(),
      };
    },
  };
}

/** Returns `ledger` for writes that are made whether this process leads or not: where it does not, only the one that does knows what is being made, and NotYet is thrown. */
export function leadersOnly(ledger: QuotaLedger, leads: () => boolean): QuotaLedger {
  return {
    ...ledger,
    take(resource, wanted, options) {
      if (!leads() && ledger.counts(resource)) throw new NotYet('not known here how much of the quota is used');
      return ledger.take(resource, wanted, options);
    },
  };
}
