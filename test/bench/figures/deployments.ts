import type { HostPace } from '../../../src/embedded-host/host-flags.ts';
import { type Deployment, type Pod, resources } from '../../../src/kube/types.ts';
import { alternate, mediansOf, ratios } from '../alternate.ts';
import { type BenchCluster, type Side, withBenchCluster } from '../bench-cluster.ts';
import { benchDeployment, isRunning } from '../bench-objects.ts';
import { type Bench, type Figure, fewRuns, type Row } from '../figure.ts';
import { follow } from '../follow.ts';
import { median } from '../statistics.ts';

const port = 28_022;
/** Two sizes, so that it can be seen whether the time grows as the pods do. */
const pods = { small: [5, 10], default: [200, 1_000], full: [1_000, 5_000] } as const;
const mostRuns = 2;
const reach = 1.3;
const reachOfGrowth = 1.2;

/** Seconds until all pods run and until all are gone. */
interface Run {
  running: number;
  gone: number;
}

/** How long a Deployment takes until all its pods run, and until they are gone, against the same on the host. */
export const deployments = deploymentsOn({
  name: 'deployments',
  describe: 'a Deployment of many pods: all run, all are gone; the controllers of the host wait for nothing',
  pace: 'unhindered',
  on: '',
});

/** The same on a host as most are. */
export const deploymentsOnDefaults = deploymentsOn({
  name: 'deployments-on-defaults',
  describe: "the same on a host whose controllers have Kubernetes' own limits: 20 requests a second each",
  pace: 'kubernetes-defaults',
  on: ', host with default limits',
});

/** `on` is what the titles of its rows say of the host. */
interface Host {
  pace: HostPace;
  on: string;
}

function deploymentsOn({ name, describe, ...host }: Pick<Figure, 'name' | 'describe'> & Host): Figure {
  return { name, describe, host: 'embedded', measure: async (bench) => await measure(bench, host) };
}

async function measure(bench: Bench, { pace, on }: Host): Promise<Row[]> {
  const [few, most] = pods[bench.size];
  return await withBenchCluster(bench, { port, pods: most, pace }, async (cluster) => {
    // The first ones of a process are slow.
    await alternate(1, waysOf(cluster, 5, bench));
    const small = await alternate(fewRuns(bench, mostRuns), waysOf(cluster, few, bench));
    const large = await alternate(fewRuns(bench, mostRuns), waysOf(cluster, most, bench));
    const what = { running: 'all run', gone: 'all gone' };
    return (['running', 'gone'] as const).flatMap((key): Row[] => {
      const of = (runs: Run[]) => runs.map((run) => run[key]);
      const row = (count: number, runs: { virtual: Run[]; direct: Run[] }): Row => ({
        title: `Deployment of ${count} pods: ${what[key]}${on}, ÷ direct`,
        unit: '×',
        samples: ratios(of(runs.virtual), of(runs.direct)),
        reach,
        note: mediansOf({ virtual: of(runs.virtual), direct: of(runs.direct) }),
      });
      const growth = (over: Run[], under: Run[]) => ratios(of(over), of(under)).map((each) => (each * few) / most);
      return [
        row(few, small),
        row(most, large),
        {
          title: `time for each pod, ${most} pods ÷ ${few}: ${what[key]}${on}`,
          unit: '×',
          samples: growth(large.virtual, small.virtual),
          reach: reachOfGrowth,
          note: `direct ${median(growth(large.direct, small.direct)).toFixed(2)}×`,
        },
      ];
    });
  });
}

function waysOf({ virtualSide, directSide }: BenchCluster, replicas: number, { signal }: Bench) {
  return {
    virtual: async () => await oneRun(virtualSide, replicas, signal),
    direct: async () => await oneRun(directSide, replicas, signal),
  };
}

async function oneRun({ client, namespace }: Side, replicas: number, signal: AbortSignal): Promise<Run> {
  const name = 'crowd';
  const options = { namespace, labelSelector: `app=${name}` };
  const followed = await follow<Pod>({ client, resource: resources.pods, options, isSo: isRunning, signal });
  try {
    const began = performance.now();
    await client.create<Deployment>(resources.deployments, benchDeployment(namespace, name, replicas));
    const ran = await followed.until(({ so }) => so === replicas);
    const ending = performance.now();
    await client.delete({ resource: resources.deployments, namespace, name }, { propagationPolicy: 'Background' });
    const gone = await followed.until(({ all }) => all === 0);
    return { running: (ran - began) / 1000, gone: (gone - ending) / 1000 };
  } finally {
    await followed.end();
  }
}
