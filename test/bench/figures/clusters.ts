import { setTimeout as sleep } from 'node:timers/promises';
import { makeK3vImage } from '../../host/k3v-image.ts';
import { startRealHost } from '../../host/real-host.ts';
import { type K3kRealHost, startK3kRealHost } from '../../support/k3k-real-host.ts';
import { type Figure, fewRuns } from '../figure.ts';
import { many } from '../many.ts';

const namespace = 'bench';
const counts = { small: 1, default: 4, full: 50 };
const atOnce = 4;
const mostRuns = 3;
const settleMs = 60_000;
/** A CoreDNS asks for a twentieth of a processor. */
const withoutDns = { serverArgs: ['--disable=coredns'] };
/** By default each asks for a quarter of a processor, and the one node would soon have no place for more. */
const serverResources = { requests: { cpu: '10m', memory: '64Mi' } };

interface Summary {
  pods: {
    podRef: { namespace: string; name: string };
    cpu?: { usageNanoCores?: number };
    memory?: { workingSetBytes?: number; rssBytes?: number };
  }[];
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
      const count = counts[bench.size];
      const began = performance.now();
      await many(count, atOnce, async (index) => await secondsUntilAnswer(k3k, `other-${index}`, withoutDns));
      const all = (performance.now() - began) / 1000;
      await sleep(settleMs);
      const { resident, workingSet, processor } = await figuresOfServers(k3k);
      const title = `memory of one of ${resident.length} servers with nothing to do`;
      const how = count > atOnce ? `, ${atOnce} at a time` : ' at once';
      return [
        { title: 'Cluster created → kubeconfig works, warm', unit: 's', samples: single, reach: 20 },
        { title: `${count} Clusters created${how} → all kubeconfigs work`, unit: 's', samples: [all] },
        {
          title,
          unit: 'MB',
          samples: resident,
          note: `a value for each server, not for each run; all but the first ${single.length + 1} have no CoreDNS`,
        },
        { title: `${title}, with the files it has in memory`, unit: 'MB', samples: workingSet },
        { title: '  of a processor, such a server', unit: '%', samples: processor },
      ];
    } finally {
      await k3k.stop();
    }
  },
};

async function secondsUntilAnswer(k3k: K3kRealHost, name: string, more: object = {}): Promise<number> {
  const began = performance.now();
  await k3k.create({ namespace, name, spec: { persistence: { type: 'ephemeral' }, serverResources, ...more } });
  await k3k.answering(namespace, name);
  return (performance.now() - began) / 1000;
}

/** By what kubelet says of each pod; the working set is what its memory limit would be held against. Memory in MB, processor in percent of one. */
async function figuresOfServers(k3k: K3kRealHost): Promise<Record<'resident' | 'workingSet' | 'processor', number[]>> {
  const { pods }: Summary = JSON.parse(await k3k.host('get', '--raw', '/api/v1/nodes/node1/proxy/stats/summary'));
  const servers = pods.filter(({ podRef }) => podRef.namespace === namespace && podRef.name.endsWith('-server-0'));
  return {
    resident: servers.map(({ memory }) => (memory?.rssBytes ?? 0) / 2 ** 20),
    workingSet: servers.map(({ memory }) => (memory?.workingSetBytes ?? 0) / 2 ** 20),
    processor: servers.map(({ cpu }) => (cpu?.usageNanoCores ?? 0) / 1e7),
  };
}
