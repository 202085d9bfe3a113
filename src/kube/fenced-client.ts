import type { KubeClient, Turn } from './client.ts';
import { ConnectionError } from './errors.ts';
import type { Term } from './lease-election.ts';

/**
 * Returns a client that reads as `client` does, and writes only in a term: outside of one a write rejects with ConnectionError before it is sent, and one
 * that is under way when the Lease is lost is broken off. One that waits for its turn is looked at again when that comes.
 */
export function fenceClient(client: KubeClient, term: () => Term | undefined): KubeClient {
  const leads = (current: Term | undefined): Term => {
    if (!current?.mayWrite()) throw new ConnectionError(`${client.server}: not written, as this one does not lead`);
    return current;
  };
  const inTerm = <O extends Turn>(options?: O): O & Turn => {
    const current = leads(term());
    const given = options?.signal;
    const signal = given ? AbortSignal.any([given, current.lost]) : current.lost;
    return { ...(options ?? ({} as O)), signal, onTurn: () => void leads(current) };
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
