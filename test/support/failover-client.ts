import { ConnectionError } from '../../src/kube/errors.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';

/**
 * Returns a client that asks one of `clients`, and another one from the moment that this one does not answer; who asked in vain hears of it, as nobody knows what
 * became of the request. Watches and streams go to the first one.
 */
export function failoverClient(clients: StreamingKubeClient[]): StreamingKubeClient {
  let current = 0;
  const [first] = clients;
  if (!first) throw new Error('no client');
  const asked = async <T>(ask: (client: StreamingKubeClient) => Promise<T>): Promise<T> => {
    const mine = current;
    try {
      return await ask(clients[mine] ?? first);
    } catch (error) {
      const isAway = error instanceof ConnectionError || (error instanceof Error && error.name === 'TimeoutError');
      if (isAway && current === mine) current = (mine + 1) % clients.length;
      throw error;
    }
  };
  return {
    ...first,
    get: async (...args) => await asked((client) => client.get(...args)),
    list: async (...args) => await asked((client) => client.list(...args)),
    create: async (...args) => await asked((client) => client.create(...args)),
    replace: async (...args) => await asked((client) => client.replace(...args)),
    patch: async (...args) => await asked((client) => client.patch(...args)),
    delete: async (...args) => await asked((client) => client.delete(...args)),
    request: async (...args) => await asked((client) => client.request(...args)),
    close: () => {},
  };
}
