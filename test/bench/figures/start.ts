import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pod, resources } from '../../../src/kube/types.ts';
import { withControlPlaneAlone } from '../../support/alone-control-plane.ts';
import { alternate } from '../alternate.ts';
import { type BenchCluster, withBenchCluster } from '../bench-cluster.ts';
import { benchPod } from '../bench-objects.ts';
import type { Figure } from '../figure.ts';
import { follow } from '../follow.ts';
import { median } from '../statistics.ts';

const port = 28_023;
const barePort = 28_024;
const reachMs = { up: 500, bound: 1_000 };

/** Milliseconds from the start of the process. */
interface Run {
  up: number;
  bound: number;
}

/** How much longer a start of k3v takes than that of its control plane alone: both have been started before, and the host runs. */
export const start: Figure = {
  name: 'start',
  describe: 'a start but the first, against that of the same control plane without k3v',
  host: 'embedded',
  async measure(bench) {
    const bareFolder = await mkdtemp(join(tmpdir(), 'k3v-bench-bare-'));
    const bare = async () => await startBare(join(bareFolder, 'k3v-data'));
    try {
      return await withBenchCluster(bench, { port, pods: 0 }, async (cluster) => {
        await bare();
        let run = 0;
        const own = async () => await startOnce(cluster, `first-${run++}`, bench.signal);
        const results = await alternate(bench.runs, { virtual: own, direct: bare });
        const over = (key: keyof Run) => results.virtual.map((each, index) => each[key] - (results.direct[index] ?? 0));
        const note = `control plane alone ${median(results.direct).toFixed(0)} ms, with k3v ${median(results.virtual.map(({ up }) => up)).toFixed(0)} ms`;
        return [
          { title: 'start, over the control plane alone', unit: 'ms', samples: over('up'), reach: reachMs.up, note },
          { title: 'the same, to the first pod bound', unit: 'ms', samples: over('bound'), reach: reachMs.bound },
        ];
      });
    } finally {
      await rm(bareFolder, { recursive: true, force: true });
    }
  },
};

async function startBare(dataDir: string): Promise<number> {
  const began = performance.now();
  let up = 0;
  await withControlPlaneAlone({ dataDir, port: barePort }, async () => void (up = performance.now() - began));
  return up;
}

async function startOnce(
  { k3v, start: startK3v, virtualSide }: BenchCluster,
  name: string,
  signal: AbortSignal,
): Promise<Run> {
  await k3v().end('SIGTERM');
  const began = performance.now();
  await startK3v();
  const up = performance.now() - began;
  const { client, namespace } = virtualSide;
  const isSo = ({ spec }: Pod) => spec?.nodeName !== undefined;
  const options = { namespace, fieldSelector: `metadata.name=${name}` };
  const pods = await follow<Pod>({ client, resource: resources.pods, options, isSo, signal });
  try {
    await client.create<Pod>(resources.pods, benchPod(namespace, name));
    return { up, bound: (await pods.until(({ so }) => so === 1)) - began };
  } finally {
    await pods.end();
  }
}
