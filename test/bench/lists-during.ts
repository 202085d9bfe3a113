import type { KubeClient } from '../../src/kube/client.ts';
import { listsIn } from '../support/writes-in.ts';

/** Does `work`; returns how often objects of `plurals` were listed meanwhile at the API servers of `clients`, by whomever. */
export async function listsDuring(
  clients: KubeClient[],
  plurals: string[],
  work: () => Promise<void>,
): Promise<number> {
  const total = async () => {
    const counts = clients.map(async (client) => {
      return await listsIn(async (path) => String(await client.request('GET', path)), plurals);
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  const before = await total();
  await work();
  return (await total()) - before;
}
