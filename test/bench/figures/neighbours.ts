import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ifFound } from '../../../src/kube/errors.ts';
import { type Deployment, type Pod, resources, type ServiceAccount } from '../../../src/kube/types.ts';
import { clientOf } from '../../support/client-of.ts';
import { eventually } from '../../support/eventually.ts';
import { type K3vProcess, startK3v } from '../../support/k3v-process.ts';
import { alternate, ratios } from '../alternate.ts';
import { type BenchCluster, type Side, withBenchCluster } from '../bench-cluster.ts';
import { benchDeployment, benchPod, isRunning } from '../bench-objects.ts';
import { type Bench, type Figure, fewRuns, type Row, type Size } from '../figure.ts';
import { follow } from '../follow.ts';
import { median } from '../statistics.ts';

const port = 28_031;
const firstNeighbourPort = 28_032;
/** Virtual clusters beside the first. */
const neighbours = { small: 1, default: 4, full: 19 };
/** What is measured: `busy` of the neighbours make a pod each `seconds`, and take one away. In all that is at most four a second: more is beyond two processors. */
const noises: Record<Size, readonly Noise[]> = {
  small: [{ busy: 1, seconds: 1 }],
  default: [{ busy: 4, seconds: 1 }],
  full: [
    { busy: 19, seconds: 10 },
    { busy: 4, seconds: 1 },
  ],
};
const pods = { small: 10, default: 50, full: 100 };
const mostRuns = 3;
const reach = 1.2;
/** So many of its pods a busy neighbour has at a time. */
const alive = 3;
const namespace = 'default';

interface Noise {
  busy: number;
  seconds: number;
}

/** How much slower the first of several virtual clusters in one host namespace is while the others work. */
export const noisyNeighbours: Figure = {
  name: 'neighbours',
  describe: 'one of several virtual clusters in a host namespace, while others make and delete pods',
  host: 'embedded',
  async measure(bench) {
    const count = neighbours[bench.size];
    const replicas = pods[bench.size];
    return await withBenchCluster(bench, { port, pods: replicas + count * 10 }, async (cluster) => {
      const others = await startNeighbours(cluster, count, bench);
      try {
        const { virtualSide } = cluster;
        const work = async () => await crowd(virtualSide, replicas, bench.signal);
        await work();
        const rows: Row[] = [];
        for (const noise of noises[bench.size]) {
          const { quiet, noisy } = await alternate(fewRuns(bench, mostRuns), {
            quiet: work,
            noisy: async () => await whileWorking(others.clients.slice(0, noise.busy), noise.seconds, work),
          });
          rows.push({
            title: `${replicas} pods come and go beside ${count} virtual clusters, ${noise.busy} with a pod each ${noise.seconds} s, ÷ idle ones`,
            unit: '×',
            samples: ratios(noisy, quiet),
            reach,
            note: `${median(noisy).toFixed(1)} s, beside idle ones ${median(quiet).toFixed(1)} s`,
          });
        }
        return rows;
      } finally {
        await others.stop();
      }
    });
  },
};

/** Starts further virtual clusters in the host namespace of `cluster`. */
async function startNeighbours(cluster: BenchCluster, count: number, { program }: Bench) {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-bench-neighbours-'));
  const running: K3vProcess[] = [];
  const clients: KubeClient[] = [];
  const stop = async () => {
    for (const client of clients) client.close();
    await Promise.all(running.map(async (each) => await each.end('SIGTERM')));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let index = 0; index < count; index++) {
      const own = await mkdtemp(join(folder, 'neighbour-'));
      const listen = ['--id', `neighbour-${index}`, '--listen-port', String(firstNeighbourPort + index)];
      const args = cluster.args.filter(
        (word, at) => word !== '--listen-port' && cluster.args[at - 1] !== '--listen-port',
      );
      const k3v = await startK3v(own, [...args, ...listen], { program });
      running.push(k3v);
      const client = clientOf(k3v.kubeconfig);
      clients.push(client);
      const account = { resource: resources.serviceAccounts, namespace, name: 'default' };
      await eventually(async () => await client.get<ServiceAccount>(account));
    }
    return { clients, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Does `work` while each of `clients` makes and deletes a pod each `seconds`, one client after the other. */
async function whileWorking<T>(clients: KubeClient[], seconds: number, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const pause = async (ms: number) => await sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  const all = clients.map(async (client, at) => {
    let made = 0;
    const remove = async (index: number) =>
      void (await ifFound(client.delete({ resource: resources.pods, namespace, name: `noise-${index}` })));
    await pause((1_000 * seconds * at) / clients.length);
    for (; !over.signal.aborted; made++) {
      await client.create<Pod>(resources.pods, benchPod(namespace, `noise-${made}`));
      if (made >= alive) await remove(made - alive);
      await pause(1_000 * seconds);
    }
    for (let index = Math.max(0, made - alive); index < made; index++) await remove(index);
  });
  try {
    // They are at work before it begins.
    await sleep(2_000 * seconds);
    return await work();
  } finally {
    over.abort();
    await Promise.all(all);
  }
}

/** Returns the seconds in which a Deployment comes and goes. */
async function crowd({ client }: Side, replicas: number, signal: AbortSignal): Promise<number> {
  const options = { namespace, labelSelector: 'app=crowd' };
  const followed = await follow<Pod>({ client, resource: resources.pods, options, isSo: isRunning, signal });
  try {
    const began = performance.now();
    await client.create<Deployment>(resources.deployments, benchDeployment(namespace, 'crowd', replicas));
    await followed.until(({ so }) => so === replicas);
    await client.delete({ resource: resources.deployments, namespace, name: 'crowd' });
    return ((await followed.until(({ all }) => all === 0)) - began) / 1000;
  } finally {
    await followed.end();
  }
}
