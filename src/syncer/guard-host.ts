import type { KubeClient, ObjectRef } from '../kube/client.ts';
import { StatusError, isBusy } from '../kube/errors.ts';
import { type KubeObject, type Resource, joinKey } from '../kube/types.ts';
import type { QuotaLedger, Room } from './quota-ledger.ts';
import { withPatch } from './with-patch.ts';

/**
 * Returns a client that writes to the host as `client` does, and makes nothing there, and nothing larger, that `ledger` has no room for: that rejects with
 * QuotaExceeded before it is sent. With `waits` the owner is woken once there is room.
 */
export function guardHost(client: KubeClient, ledger: QuotaLedger, { waits }: { waits: boolean }): KubeClient {
  async function within<T extends KubeObject>(
    resource: Resource,
    wanted: KubeObject,
    { dryRun = false, write }: { dryRun?: boolean | undefined; write: () => Promise<T> },
  ): Promise<T> {
    const room = ledger.take(resource, wanted, { waits: waits && !dryRun });
    if (!room) return await write();
    try {
      const written = await write();
      if (dryRun) room.free();
      else room.filled(written);
      return written;
    } catch (error) {
      endWith(error, room);
      throw error;
    }
  }

  return {
    ...client,
    create: async (resource, object, options) =>
      await within(resource, object, {
        dryRun: options?.dryRun,
        write: async () => await client.create(resource, object, options),
      }),
    async patch<T extends KubeObject>(
      ref: ObjectRef,
      type: Parameters<KubeClient['patch']>[1],
      body: unknown,
      options: Parameters<KubeClient['patch']>[3],
    ) {
      const write = async () => await client.patch<T>(ref, type, body, options);
      const live = changesSpec(body)
        ? ledger.standing(ref.resource, joinKey(ref.namespace ?? '', ref.name))
        : undefined;
      if (!live) return await write();
      return await within(ref.resource, withPatch(live, body), { dryRun: options?.dryRun, write });
    },
  };
}

function changesSpec(body: unknown): boolean {
  return Reflect.get(Object(body), 'spec') !== undefined;
}

/** No answer, and one that speaks of trouble within the server, leaves open whether it has written. */
function endWith(error: unknown, room: Room): void {
  const isSure = error instanceof StatusError && (error.code < 500 || isBusy(error));
  if (isSure) room.free();
  else room.unknown();
}
