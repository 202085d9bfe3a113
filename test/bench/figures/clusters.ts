import { setTimeout as sleep } from 'node:timers/promises';
import { makeK3vImage } from '../../host/k3v-image.ts';
import { startRealHost } from '../../host/real-host.ts';
import { type K3kRealHost, startK3kRealHost } from '../../support/k3k-real-host.ts';
import { type Figure, fewRuns } from '../figure.ts';

const namespace = 'bench';
const counts = { small: 1, default: 4, full: 10 };
const mostRuns = 3;
const settleMs = 60_000;

interface Summary {
  pods: { podRef: { namespace: string; name: string }; memory?: Record<'workingSetBytes' | 'rssBytes', number> }[];
}

/** What a virtual cluster of the operator costs, on a real host of one node: from the Cluster to a kubeconfig that works, and memory of servers that have nothing to do. */
export const clusters: Figure = {
  name: 'clusters',
  describe: 'a Cluster created → its kubeconfig works, and what its server needs',
  host: 'real',
  async measure(bench) {
    const moreImages = async (...args: Parameters<typeof makeK3vImage>) => [await makeK3vImage(...args)];
    const k3k = await startK3kRealHost(async () => await startRealHost({ name: 'bench', moreImages }));
    try {
      await k3k.host('create', 'namespace', namespace);
      // The first has the page cache filled.
      await secondsUntilAnswer(k3k, 'first');
      const single: number[] = [];
      for (let run = 0; run < fewRuns(bench, mostRuns); run++) {
        single.push(await secondsUntilAnswer(k3k, `single-${run}`));
      }
      const others = Array.from({ length: counts[bench.size] }, (_, index) => `other-${index}`);
      const began = performance.now();
      await Promise.all(others.map(async (name) => await secondsUntilAnswer(k3k, name)));
      const atOnce = (performance.now() - began) / 1000;
      await sleep(settleMs);
      const memory = await memoryOfServers(k3k);
      const title = 'memory of a server with nothing to do';
      return [
        { title: 'Cluster created → kubeconfig works, warm', unit: 's', samples: single },
        { title: `${others.length} Clusters created at once → all kubeconfigs work`, unit: 's', samples: [atOnce] },
        { title, unit: 'MB', samples: memory.resident, note: 'a value for each server, not for each run' },
        { title: `${title}, with the files it has in memory`, unit: 'MB', samples: memory.workingSet },
      ];
    } finally {
      await k3k.stop();
    }
  },
};

async function secondsUntilAnswer(k3k: K3kRealHost, name: string): Promise<number> {
  const began = performance.now();
  await k3k.create({ namespace, name, spec: { persistence: { type: 'ephemeral' } } });
  await k3k.answering(namespace, name);
  return (performance.now() - began) / 1000;
}

/** By what kubelet says of each pod, which is what its memory limit would be held against. */
async function memoryOfServers(k3k: K3kRealHost): Promise<{ resident: number[]; workingSet: number[] }> {
  const { pods }: Summary = JSON.parse(await k3k.host('get', '--raw', '/api/v1/nodes/node1/proxy/stats/summary'));
  const servers = pods.filter(({ podRef }) => podRef.namespace === namespace && podRef.name.endsWith('-server-0'));
  const megabytes = (key: 'workingSetBytes' | 'rssBytes') =>
    servers.map(({ memory }) => (memory?.[key] ?? 0) / 2 ** 20);
  return { resident: megabytes('rssBytes'), workingSet: megabytes('workingSetBytes') };
}
