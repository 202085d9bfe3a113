import type { Outcome } from './adaptive-limit.ts';
import type { KubeClient, Turn } from './client.ts';
import { StatusError, isBusy } from './errors.ts';
import type { RequestGate } from './request-gate.ts';

/**
 * Returns a client that does the same, but sends a request only when `gate` lets it through; each page of a list is one. Deletions are urgent, as they make room;
 * with `urgent` all is. Watches and streams do not wait: they last, and take nothing of a server that is full. Nothing that is refused is tried
 * again. The time for the answer begins when the request is sent; an AbortSignal of the caller counts from where the caller says.
 */
export function paceClient<C extends KubeClient>(client: C, gate: RequestGate, { urgent = false } = {}): C {
  async function paced<T>(ask: () => Promise<T>, { signal, onTurn }: Turn = {}, isUrgent = urgent): Promise<T> {
    const leave = await gate.enter({ urgent: isUrgent, signal });
    let outcome: Outcome = { says: 'nothing' };
    try {
      onTurn?.();
      const answer = await ask();
      outcome = { says: 'well' };
      return answer;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      leave(outcome);
    }
  }

  const pacedCalls: Omit<KubeClient, 'server' | 'watch' | 'close'> = {
    get: async (ref, options) => await paced(() => client.get(ref, options), options),
    list: async (resource, options) => await paced(() => client.list(resource, options), options),
    create: async (resource, object, options) => await paced(() => client.create(resource, object, options), options),
    replace: async (resource, object, options) => await paced(() => client.replace(resource, object, options), options),
    patch: async (ref, type, body, options) => await paced(() => client.patch(ref, type, body, options), options),
    delete: async (ref, options) => await paced(() => client.delete(ref, options), options, true),
    request: async (method, path, options) =>
      await paced(() => client.request(method, path, options), options, urgent || method === 'DELETE'),
  };
  return { ...client, ...pacedCalls };
}

/**
 * Only a 429 is about how much is asked: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/. A 503 is of a server that starts, ends or has lost
 * its database, or of what is before it; how long it is to be left alone is heeded, where it says so. Other 5xx are trouble within the server.
 */
function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof StatusError)) return { says: 'nothing' };
  if (isBusy(error)) return { says: error.code === 429 ? 'overloaded' : 'nothing', retryAfterMs: error.retryAfterMs };
  return { says: error.code < 500 ? 'well' : 'nothing' };
}
