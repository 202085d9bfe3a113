import { Counter, Histogram, type Registry } from 'prom-client';
import type { KubeClient } from '../kube/client.ts';
import { StatusError } from '../kube/errors.ts';

/** Which of the two clusters is asked. */
export type MeteredSide = 'host' | 'virtual';

/** As client-go has them, in seconds. */
const bounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Returns a client that does the same. */
export type MeterClient = <C extends KubeClient>(client: C, side: MeteredSide) => C;

/**
 * Adds the figures of client-go about requests (rest_client_…) to `registry`, but for watches and streams, and returns what has a client counted. `code` is `<error>`
 * where no answer came. `now` in milliseconds, never set back.
 */
export function createClientMeter(registry: Registry, now: () => number): MeterClient {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to an API server, but for watches.',
    labelNames: ['side', 'method', 'code'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long an API server took to answer.',
    labelNames: ['side', 'verb'] as const,
    buckets: bounds,
    registers: [registry],
  });

  return (client, side) => {
    async function counted<T>(method: string, code: number, ask: () => Promise<T>): Promise<T> {
      const askedMs = now();
      const note = (answered: string) => {
        requests.inc({ side, method, code: answered });
        durations.observe({ side, verb: method }, (now() - askedMs) / 1000);
      };
      try {
        const found = await ask();
        note(String(code));
        return found;
      } catch (error) {
        note(error instanceof StatusError ? String(error.code) : '<error>');
        throw error;
      }
    }
    const metered: Omit<KubeClient, 'server' | 'watch' | 'close'> = {
      get: async (ref, options) => await counted('GET', 200, () => client.get(ref, options)),
      list: async (resource, options) => await counted('GET', 200, () => client.list(resource, options)),
      create: async (resource, object, options) =>
        await counted('POST', 201, () => client.create(resource, object, options)),
      replace: async (resource, object, options) =>
        await counted('PUT', 200, () => client.replace(resource, object, options)),
      patch: async (ref, type, body, options) =>
        await counted('PATCH', 200, () => client.patch(ref, type, body, options)),
      delete: async (ref, options) => await counted('DELETE', 200, () => client.delete(ref, options)),
      request: async (method, path, options) => await counted(method, 200, () => client.request(method, path, options)),
    };
    return { ...client, ...metered };
  };
}
