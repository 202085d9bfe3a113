import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { delay } from '../kube/delay.ts';
import { ifFound, isConflict } from '../kube/errors.ts';
import { createLeaseSeat } from '../kube/lease-seat.ts';
import { type Lease, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { marks } from '../translate/translator.ts';

/** How fast a replica that is gone is forgotten: after `leaseMs` and two `renewMs`. */
export const membershipTimes = { leaseMs: 10_000, renewMs: 2_000 };

/** The replicas that run, each by a Lease of its own in `kube-system` that says where its API server is. */
export interface Membership {
  /** Makes this one's known. Rejects with REPLICAS_EXCEEDED if `most` others, that came before, are alive. */
  join(virtual: KubeClient): Promise<void>;
  /** Renews this one's Lease until `signal` aborts, and gives it up then; removes those of the dead whenever `buries` says so. */
  stay(virtual: KubeClient, options: { buries: () => boolean }, signal: AbortSignal): Promise<void>;
}

/** Returns the membership of the replica `identity`, whose API server pods find at `address`. Who is alive is judged by when this one saw a Lease change last, as clocks differ. */
export function createMembership({
  identity,
  address,
  most,
  log,
  now,
}: {
  identity: string;
  address: { ip: string; port: number };
  most: number;
  log: Logger;
  /** Milliseconds, never set back. */
  now: () => number;
}): Membership {
  const { leaseMs, renewMs } = membershipTimes;
  const namespace = 'kube-system';
  const name = `k3v-replica-${identity}`;
  let lookedMs = now();
  const seen = new Map<string, { version: string | undefined; atMs: number; changed: boolean }>();

  const seatOf = (client: KubeClient) =>
    createLeaseSeat({
      client,
      namespace,
      name,
      identity,
      leaseMs,
      now,
      labels: { [marks.replicaLabel]: 'true' },
      annotations: { [marks.replicaAddress]: `${address.ip} ${address.port}` },
    });

  /** Returns all Leases, the oldest first, and notes which have changed. */
  async function look(virtual: KubeClient): Promise<Lease[]> {
    // While nobody could be seen, nobody could be seen to live.
    if (now() - lookedMs > 3 * renewMs) for (const each of seen.values()) each.atMs = now();
    const { items } = await virtual.list<Lease>(resources.leases, {
      namespace,
      labelSelector: `${marks.replicaLabel}=true`,
    });
    lookedMs = now();
    for (const { metadata } of items) {
      const before = seen.get(metadata.name);
      if (before?.version === metadata.resourceVersion) continue;
      seen.set(metadata.name, { version: metadata.resourceVersion, atMs: now(), changed: before !== undefined });
    }
    const names = new Set(items.map(({ metadata }) => metadata.name));
    for (const known of seen.keys()) if (!names.has(known)) seen.delete(known);
    return items.toSorted((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1));
  }

  const isDead = ({ metadata }: Lease) => now() - (seen.get(metadata.name)?.atMs ?? now()) >= leaseMs;

  async function bury(virtual: KubeClient, lease: Lease): Promise<void> {
    const { uid, resourceVersion } = lease.metadata;
    const ref = { resource: resources.leases, namespace, name: lease.metadata.name };
    try {
      await ifFound(virtual.delete(ref, { uid, resourceVersion }));
      log.warn({ replica: lease.spec?.holderIdentity }, 'a replica has gone without a word');
    } catch (error) {
      // It is alive after all.
      if (!isConflict(error)) throw error;
    }
  }

  return {
    async join(virtual) {
      const seat = seatOf(virtual);
      const never = new AbortController().signal;
      for (;;) {
        await seat.hold(never);
        const all = (await look(virtual)).filter((lease) => !isDead(lease));
        const before = all.slice(
          0,
          all.findIndex(({ metadata }) => metadata.name === name),
        );
        if (before.length < most) return;
        const alive = before.filter(({ metadata }) => seen.get(metadata.name)?.changed);
        if (alive.length >= most) {
          await ifFound(virtual.delete({ resource: resources.leases, namespace, name }));
          const others = alive.map(({ spec }) => spec?.holderIdentity).join(', ');
          throw new K3vError(
            'REPLICAS_EXCEEDED',
            `as many k3v as --replicas ${most} says run on this datastore: ${others}`,
            {
              hint: 'Stop one of them, or give all of them a higher --replicas.',
            },
          );
        }
        await delay(renewMs, never);
      }
    },
    async stay(virtual, { buries }, signal) {
      const seat = seatOf(virtual);
      while (!signal.aborted) {
        try {
          await seat.hold(signal);
          for (const lease of await look(virtual)) if (isDead(lease) && buries()) await bury(virtual, lease);
        } catch (error) {
          if (signal.aborted) break;
          const reason = error instanceof Error ? error.message : String(error);
          log.debug({ reason }, 'could not renew the Lease of this replica');
        }
        await delay(renewMs, signal);
      }
      const limit = AbortSignal.timeout(renewMs);
      await ifFound(virtual.delete({ resource: resources.leases, namespace, name }, { signal: limit })).catch(() => {});
    },
  };
}

function ageKey({ metadata }: Lease): string {
  return `${metadata.creationTimestamp} ${metadata.name}`;
}
