import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStatus } from '../../../src/cli/status.ts';
import { type Deployment, type Pod, resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { writesIn } from '../../support/writes-in.ts';
import { type BenchCluster, withBenchCluster } from '../bench-cluster.ts';
import { benchDeployment, isRunning } from '../bench-objects.ts';
import { type Figure, fewRuns } from '../figure.ts';
import { follow } from '../follow.ts';
import { auditedRequests, countRequests } from '../requests.ts';
import { median } from '../statistics.ts';

const port = 28_027;
const pods = { small: 10, default: 500, full: 5_000 };
const mostRuns = 3;
const reach = { seconds: 10, writes: 0 };
const patience = { timeoutMs: 600_000, everyMs: 50 };
/** Of what crosses; k3v alone writes it on this host. */
const kinds = ['pods', 'secrets', 'configmaps', 'services', 'endpoints', 'persistentvolumeclaims'];

interface Run {
  up: number;
  inSync: number;
  /** To both sides, and what those to the virtual one are. */
  writes: number;
  parts: string;
}

/** How long k3v takes to be in sync again over many pods, and what it writes for that. */
export const restart: Figure = {
  name: 'restart',
  describe: 'k3v started again over many pods: until all are in sync, and what it writes',
  host: 'embedded',
  async measure(bench) {
    const replicas = pods[bench.size];
    return await withBenchCluster(bench, { port, pods: replicas, flags: ['--audit-log'] }, async (cluster) => {
      const { client, namespace } = cluster.virtualSide;
      const followed = await follow<Pod>({
        client,
        resource: resources.pods,
        options: { namespace },
        isSo: isRunning,
        signal: bench.signal,
      });
      await client.create<Deployment>(resources.deployments, benchDeployment(namespace, 'crowd', replicas));
      await followed.until(({ so }) => so === replicas);
      await followed.end();
      await untilInSync(cluster, replicas);
      const runs: Run[] = [];
      for (let run = 0; run < fewRuns(bench, mostRuns); run++) runs.push(await restartOnce(cluster, replicas));
      const up = median(runs.map((each) => each.up)).toFixed(1);
      return [
        {
          title: `restart over ${replicas} pods, until all are in sync`,
          unit: 's',
          samples: runs.map(({ inSync }) => inSync),
          reach: reach.seconds,
          note: `up after ${up} s; k3v says every two seconds how things stand`,
        },
        {
          title: `writes to both sides at a restart over ${replicas} pods`,
          unit: '',
          samples: runs.map(({ writes }) => writes),
          reach: reach.writes,
          note: `of k3v; in the virtual cluster: ${runs[0]?.parts || 'none'}`,
        },
      ];
    });
  },
};

async function restartOnce(cluster: BenchCluster, replicas: number): Promise<Run> {
  await cluster.k3v().end('SIGTERM');
  const before = { host: await writesOnHost(cluster), audited: (await auditLog(cluster)).length };
  const began = performance.now();
  await cluster.start();
  const up = (performance.now() - began) / 1000;
  await untilInSync(cluster, replicas);
  const inSync = (performance.now() - began) / 1000;
  const requests = auditedRequests((await auditLog(cluster)).slice(before.audited), 'k3v/');
  const { writes, parts } = countRequests(
    requests.filter(({ verb, resource }) => verb !== 'get' && verb !== 'list' && resource !== 'leases'),
    1,
  );
  return { up, inSync, writes: (await writesOnHost(cluster)) - before.host + writes, parts };
}

async function untilInSync({ folder, k3v }: BenchCluster, replicas: number): Promise<void> {
  await eventually(() => {
    const status = readStatus(join(folder, 'k3v-data'));
    const found = status.kinds.find(({ plural }) => plural === 'pods');
    const isWhole = found?.inSync === replicas && found.host === replicas;
    const waiting = status.kinds.reduce((sum, each) => sum + each.waiting, 0);
    if (status.pid !== k3v().pid || !status.synced || !isWhole || waiting > 0) {
      throw new Error(`${found?.inSync} of ${replicas} pods are in sync, ${waiting} keys wait`);
    }
  }, patience);
}

async function writesOnHost({ host }: BenchCluster): Promise<number> {
  return await writesIn(async (path) => String(await host.request('GET', path)), kinds);
}

async function auditLog({ folder }: BenchCluster): Promise<string> {
  return await readFile(join(folder, 'k3v-data/audit/audit.log'), 'utf8');
}
