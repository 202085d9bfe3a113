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
import { type Bench, type Figure, fewRuns } from '../figure.ts';
import { follow } from '../follow.ts';
import { median } from '../statistics.ts';

const port = 28_031;
const firstNeighbourPort = 28_032;
/** Virtual clusters beside the first. */
const neighbours = { small: 1, default: 4, full: 19 };
const pods = { small: 10, default: 50, full: 100 };
const mostRuns = 3;
const reach = 1.2;
/** Of each neighbour: one pod that comes and one that goes, in each pause. */
const pauseMs = 1_000;
/** So many of its pods there are at a time. */
const alive = 3;
const namespace = 'default';

/** How much slower the first of several virtual clusters in one host namespace is while the others work. */
export const noisyNeighbours: Figure = {
  name: 'neighbours',
  describe: 'one of several virtual clusters in a host namespace, while the others make and delete a pod each second',
  host: 'embedded',
  async measure(bench) {
    const count = neighbours[bench.size];
    const replicas = pods[bench.size];
    return await withBenchCluster(bench, { port, pods: replicas + count * 10 }, async (cluster) => {
      const others = await startNeighbours(cluster, count, bench);
      try {
        const { virtualSide } = cluster;
        await crowd(virtualSide, replicas, bench.signal);
        const { quiet, noisy } = await alternate(fewRuns(bench, mostRuns), {
          quiet: async () => await crowd(virtualSide, replicas, bench.signal),
          noisy: async () =>
            await whileWorking(others.clients, async () => await crowd(virtualSide, replicas, bench.signal)),
        });
        return [
          {
            title: `${replicas} pods come and go beside ${count} busy virtual clusters, ÷ idle ones`,
            unit: '×',
            samples: ratios(noisy, quiet),
            reach,
            note: `${median(noisy).toFixed(1)} s, beside idle ones ${median(quiet).toFixed(1)} s`,
          },
        ];
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

/** Does `work` while each of `clients` makes and deletes pods. */
async function whileWorking<T>(clients: KubeClient[], work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const all = clients.map(async (client) => {
    let made = 0;
    const remove = async (index: number) =>
      void (await ifFound(client.delete({ resource: resources.pods, namespace, name: `noise-${index}` })));
    for (; !isOver; made++) {
      await client.create<Pod>(resources.pods, benchPod(namespace, `noise-${made}`));
      if (made >= alive) await remove(made - alive);
      await sleep(pauseMs);
    }
    for (let index = Math.max(0, made - alive); index < made; index++) await remove(index);
  });
  try {
    // They are at work before it begins.
    await sleep(2 * pauseMs);
    return await work();
  } finally {
    isOver = true;
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
