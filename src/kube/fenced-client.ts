import type { KubeClient } from './client.ts';
import { ConnectionError } from './errors.ts';
import type { Term } from './lease-election.ts';

/**
 * Returns a client that reads as `client` does, and writes only in a term: outside of one a write rejects with ConnectionError before it is sent, and one
 * that is under way when the Lease is lost is broken off.
 */
export function fenceClient(client: KubeClient, term: () => Term | undefined): KubeClient {
  const inTerm = <O extends { signal?: AbortSignal }>(options?: O): O & { signal: AbortSignal } => {
    const current = term();
    if (!current?.mayWrite()) throw new ConnectionError(`${client.server}: not written, as this one does not lead`);
    const given = options?.signal;
    const signal = given ? AbortSignal.any([given, current.lost]) : current.lost;
    return { ...(options ?? ({} as O)), signal };
  };
  return {
    ...client,
    create: async (resource, object, options) => await client.create(resource, object, inTerm(options)),
    replace: async (resource, object, options) => await client.replace(resource, object, inTerm(options)),
    patch: async (ref, type, body, options) => await client.patch(ref, type, body, inTerm(options)),
    delete: async (ref, options) => await client.delete(ref, inTerm(options)),
    request: async (method, path, options) =>
      await client.request(method, path, method === 'GET' ? options : inTerm(options)),
  };
}
