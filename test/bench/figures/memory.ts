import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, type Pod, resources } from '../../../src/kube/types.ts';
import { processorSeconds, residentMegabytes } from '../../support/process-figures.ts';
import { type BenchCluster, withBenchCluster } from '../bench-cluster.ts';
import { benchDeployment, isRunning } from '../bench-objects.ts';
import { type Figure, fewRuns, type Row } from '../figure.ts';
import { follow } from '../follow.ts';

const port = 28_028;
const steps = { small: [0, 10], default: [0, 1_000], full: [0, 1_000, 5_000] };
const mostRuns = 2;
const reaches = new Map([
  [0, 120],
  [1_000, 160],
  [5_000, 250],
]);
const settleMs = 5_000;

/** The memory of k3v with so many pods, and what it works for a thousand that come and go. */
export const memory: Figure = {
  name: 'memory',
  describe: "k3v's own memory (RSS) with nothing to do, and its processor time for pods that come and go",
  host: 'embedded',
  async measure(bench) {
    const counts = steps[bench.size];
    const most = Math.max(...counts);
    const megabytes = new Map<number, number[]>(counts.map((count) => [count, []]));
    const seconds: number[] = [];
    await withBenchCluster(bench, { port, pods: most }, async (cluster) => {
      for (let run = 0; run < fewRuns(bench, mostRuns); run++) {
        // A process that nothing has happened to.
        await cluster.k3v().end('SIGTERM');
        await cluster.start();
        await sleep(settleMs);
        const { pid } = cluster.k3v();
        const before = processorSeconds(pid);
        for (const count of counts) {
          await scaleTo(cluster, count, bench.signal);
          await sleep(settleMs);
          megabytes.get(count)?.push(residentMegabytes(pid));
        }
        await scaleTo(cluster, 0, bench.signal);
        seconds.push(((processorSeconds(pid) - before) * 1_000) / most);
      }
    });
    const rows = [...megabytes].map(([count, samples]): Row => {
      const reach = reaches.get(count);
      const title = `RSS of k3v, ${count === 0 ? 'idle' : `${count} pods`}`;
      return { title, unit: 'MB', samples, ...(reach === undefined ? {} : { reach }) };
    });
    const churn: Row = {
      title: 'processor time of k3v for 1,000 pods that come and go',
      unit: 's',
      samples: seconds,
      note: `measured with ${most} pods at once`,
    };
    return [...rows, churn];
  },
};

/** Resolves when just so many pods run. */
async function scaleTo({ virtualSide }: BenchCluster, replicas: number, signal: AbortSignal): Promise<void> {
  const { client, namespace } = virtualSide;
  const { deployments, pods } = resources;
  const followed = await follow<Pod>({ client, resource: pods, options: { namespace }, isSo: isRunning, signal });
  try {
    if (followed.tally().all === replicas) return;
    if (replicas === 0) await client.delete({ resource: deployments, namespace, name: 'crowd' });
    else if (followed.tally().all === 0) {
      await client.create<Deployment>(deployments, benchDeployment(namespace, 'crowd', replicas));
    } else {
      const ref = { resource: deployments, namespace, name: 'crowd' };
      await client.patch(ref, 'merge', { spec: { replicas } });
    }
    await followed.until(({ all, so }) => all === replicas && so === replicas);
  } finally {
    await followed.end();
  }
}
