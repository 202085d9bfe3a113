import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError } from '../../src/kube/errors.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';

const tries = 4;
const pauseMs = 500;

/**
 * Returns `client`, which asks again where no answer came, as people do: on a machine with much other work an API server may be silent for half a minute. A creation is not tried again, as it
 * may have come about.
 */
export function patientClient(client: StreamingKubeClient): StreamingKubeClient {
  return {
    ...client,
    get: async (ref, options) => await patiently(async () => await client.get(ref, options)),
    list: async (resource, options) => await patiently(async () => await client.list(resource, options)),
    patch: async (ref, type, body, options) =>
      await patiently(async () => await client.patch(ref, type, body, options)),
    delete: async (ref, options) => await patiently(async () => await client.delete(ref, options)),
  };
}

async function patiently<R>(call: () => Promise<R>): Promise<R> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ConnectionError) || left === 0) throw error;
      await delay(pauseMs);
    }
  }
}
