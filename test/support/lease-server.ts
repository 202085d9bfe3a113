import { randomUUID } from 'node:crypto';
import type { DeleteOptions, KubeClient, ObjectRef } from '../../src/kube/client.ts';
import { ConnectionError, StatusError } from '../../src/kube/errors.ts';
import type { Lease } from '../../src/kube/types.ts';
import { answeringClient } from './answering-client.ts';

/** `away`: every request fails; `silent`: none is answered; `deaf`: requests are worked, but their answers are lost. */
type ConnectionState = 'well' | 'away' | 'silent' | 'deaf';

/** Leases on an API server, and clients of it that a test can cut off. */
export interface LeaseServer {
  lease(name: string): Lease | undefined;
  leases(): Lease[];
  set(name: string, lease: Lease | undefined): void;
  client(): KubeClient & { state: ConnectionState };
}

/** Returns a server that holds Leases of one namespace, with the conflicts of a real one. */
export function createLeaseServer(): LeaseServer {
  const leases = new Map<string, Lease>();
  let version = 0;
  const store = (object: Lease, before?: Lease) => {
    version += 1;
    const made = before?.metadata ?? { uid: randomUUID(), creationTimestamp: new Date().toISOString() };
    const { uid, creationTimestamp } = made;
    const lease = {
      ...object,
      metadata: { ...object.metadata, uid, creationTimestamp, resourceVersion: `${version}` },
    };
    leases.set(object.metadata.name, lease);
    return lease;
  };
  const existing = (name: string, wanted?: { uid?: string | undefined; resourceVersion?: string | undefined }) => {
    const lease = leases.get(name);
    if (!lease) throw new StatusError(404, { reason: 'NotFound' });
    const { uid, resourceVersion } = lease.metadata;
    if ((wanted?.uid ?? uid) !== uid || (wanted?.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw new StatusError(409, { reason: 'Conflict' });
    return lease;
  };
  return {
    lease: (name) => leases.get(name),
    leases: () => [...leases.values()],
    set: (name, object) => void (object ? store(object, leases.get(name)) : leases.delete(name)),
    client() {
      const answer = async (signal: AbortSignal | undefined, work: () => unknown): Promise<unknown> => {
        signal?.throwIfAborted();
        if (client.state === 'away') throw new ConnectionError('no API server');
        if (client.state === 'well') return work();
        if (client.state === 'deaf') work();
        return await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      };
      const answers = {
        get: async ({ name }: ObjectRef, options?: { signal?: AbortSignal }) =>
          await answer(options?.signal, () => existing(name)),
        list: async () => await answer(undefined, () => ({ items: [...leases.values()] })),
        create: async (_: unknown, object: Lease, options?: { signal?: AbortSignal }) =>
          await answer(options?.signal, () => {
            if (leases.has(object.metadata.name)) throw new StatusError(409, { reason: 'AlreadyExists' });
            return store(object);
          }),
        replace: async (_: unknown, object: Lease, options?: { signal?: AbortSignal }) =>
          await answer(options?.signal, () => {
            const { resourceVersion } = object.metadata;
            return store(object, existing(object.metadata.name, { resourceVersion }));
          }),
        delete: async ({ name }: ObjectRef, { signal, ...wanted }: DeleteOptions = {}) =>
          await answer(signal, () => {
            existing(name, wanted);
            leases.delete(name);
          }),
      } as unknown as Partial<KubeClient>;
      const client: ReturnType<LeaseServer['client']> = { ...answeringClient(answers), state: 'well' };
      return client;
    },
  };
}
