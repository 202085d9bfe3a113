import type { KubeClient } from './client.ts';
import { StatusError, ifFound, isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { type Lease, apiVersionOf, resources } from './types.ts';

/** A Lease that one of several holds at a time, as seen by one of them. */
export interface LeaseSeat {
  /**
   * Takes the Lease if it is free, or renews it. Resolves with whether it is this one's now; rejects when the API server gives no answer that says
   * so. No answer to a request that was under way when `signal` aborted counts as none.
   */
  hold(signal: AbortSignal): Promise<boolean>;
  /** Gives the Lease up, so that another need not wait for its end. */
  release(signal: AbortSignal): Promise<void>;
  /** Who holds it, as far as was seen last; undefined if nobody does. */
  holder(): string | undefined;
  /** Tells the time in which it is held by one from that before and after: it stays the same as long as nobody else takes the Lease. */
  reign(): string;
}

/**
 * Returns this one's view of the Lease `name`, which it takes for `leaseMs` at a time. The rules are client-go's (tools/leaderelection): every write is of the
 * version that was read, and whether another's time has run out is judged by when this one saw the Lease change last, on its own `now`
 * (milliseconds, never set back), since clocks of machines differ. A Lease that names `identity` is its own, as after a restart.
 */
export function createLeaseSeat({
  client,
  namespace,
  name,
  identity,
  leaseMs,
  now,
  labels,
  annotations,
}: {
  client: KubeClient;
  namespace: string;
  name: string;
  identity: string;
  leaseMs: number;
  now: () => number;
  /** What the Lease carries while this one holds it, beside what others put there. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}): LeaseSeat {
  const ref = { resource: resources.leases, namespace, name };
  let seen: { lease: Lease; atMs: number } | undefined;
  /** Whether a write got no answer: it may have gone through. */
  let isUnsure = false;

  function see(lease: Lease): Lease {
    if (lease.metadata.resourceVersion !== seen?.lease.metadata.resourceVersion) seen = { lease, atMs: now() };
    return lease;
  }

  function isOthers({ spec }: Lease): boolean {
    if (!spec?.holderIdentity || spec.holderIdentity === identity) return false;
    return now() - (seen?.atMs ?? 0) < (spec.leaseDurationSeconds ?? 0) * 1000;
  }

  function taken(before: Lease | undefined): Lease {
    const at = microTime();
    const { holderIdentity, acquireTime = at, leaseTransitions = 0 } = before?.spec ?? {};
    const isMine = holderIdentity === identity;
    return {
      apiVersion: apiVersionOf(resources.leases),
      kind: resources.leases.kind,
      metadata: {
        name,
        namespace,
        ...before?.metadata,
        ...(labels ? { labels: { ...before?.metadata.labels, ...labels } } : {}),
        ...(annotations ? { annotations: { ...before?.metadata.annotations, ...annotations } } : {}),
      },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseMs / 1000),
        acquireTime: isMine ? acquireTime : at,
        renewTime: at,
        leaseTransitions: !before || isMine ? leaseTransitions : leaseTransitions + 1,
      },
    };
  }

  async function write(before: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    isUnsure = true;
    try {
      const lease = taken(before);
      const options = { signal };
      see(
        await (before
          ? client.replace(resources.leases, lease, options)
          : client.create(resources.leases, lease, options)),
      );
      isUnsure = false;
      return true;
    } catch (error) {
      isUnsure = !(error instanceof StatusError);
      // Another one was faster, or the Lease has been deleted.
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  return {
    async hold(signal) {
      // What was written last is mostly what is there still: one request less.
      if (seen?.lease.spec?.holderIdentity === identity && (await write(seen.lease, signal))) return true;
      const found = await ifFound(client.get<Lease>(ref, { signal }));
      if (!found) seen = undefined;
      if (found && isOthers(see(found))) return false;
      return await write(found, signal);
    },
    async release(signal) {
      if (!isUnsure && seen?.lease.spec?.holderIdentity !== identity) return;
      const found = await ifFound(client.get<Lease>(ref, { signal }));
      seen = undefined;
      if (found?.spec?.holderIdentity !== identity) return;
      const spec = { ...found.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() };
      await client.replace(resources.leases, { ...found, spec }, { signal }).catch((error: unknown) => {
        // Another one has it already.
        if (!isConflict(error) && !isNotFound(error)) throw error;
      });
    },
    holder: () => seen?.lease.spec?.holderIdentity || undefined,
    reign: () => [seen?.lease.metadata.uid, seen?.lease.spec?.leaseTransitions, seen?.lease.spec?.acquireTime].join(),
  };
}

/** The API server takes six digits after the second, no more and no less. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
