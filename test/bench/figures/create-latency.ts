import { type Pod, resources } from '../../../src/kube/types.ts';
import { marks } from '../../../src/translate/translator.ts';
import { alternate } from '../alternate.ts';
import { type BenchCluster, type Side, withBenchCluster } from '../bench-cluster.ts';
import { benchPod } from '../bench-objects.ts';
import type { Bench, Figure, Row } from '../figure.ts';
import { follow } from '../follow.ts';
import { many, paced } from '../many.ts';
import { median, percentile } from '../statistics.ts';

const port = 28_020;
const seconds = { small: 1, default: 6, full: 30 };
const rates = [
  { perSecond: 10, reach: { p50: 25, p99: 150 } },
  { perSecond: 100, reach: { p50: 100, p99: 500 } },
];

/** Latencies of one run, in milliseconds, and how many pods a second were made in fact. */
interface Run {
  latencies: number[];
  perSecond: number;
}

/** How long it takes from the answer to a create until a watch of the host shows the host pod. */
export const createLatency: Figure = {
  name: 'create-latency',
  describe: 'a pod created in the virtual cluster → its host pod is seen',
  host: 'embedded',
  async measure(bench) {
    const most = Math.max(...rates.map(({ perSecond }) => perSecond)) * seconds[bench.size];
    return await withBenchCluster(bench, { port, pods: most }, async (cluster) => {
      const rows: Row[] = [];
      for (const rate of rates) rows.push(...(await measureRate(bench, cluster, rate)));
      return rows;
    });
  },
};

async function measureRate(
  { size, runs, signal }: Bench,
  cluster: BenchCluster,
  { perSecond, reach }: (typeof rates)[number],
): Promise<Row[]> {
  const count = perSecond * seconds[size];
  const { virtualSide, directSide, translator } = cluster;
  const hostSide = { client: cluster.host, namespace: translator.hostNamespace };
  const ownerName = ({ metadata }: Pod) => metadata.annotations?.[marks.ownerName] ?? '';
  const { virtual, direct } = await alternate(runs, {
    virtual: async () => await oneRun({ from: virtualSide, to: hostSide, nameOf: ownerName, count, perSecond, signal }),
    direct: async () =>
      await oneRun({
        from: directSide,
        to: directSide,
        nameOf: ({ metadata }) => metadata.name,
        count,
        perSecond,
        signal,
      }),
  });
  const row = (percent: 50 | 99): Row => {
    const of = (results: Run[]) => results.map(({ latencies }) => percentile(latencies, percent));
    const reached = median(virtual.map((each) => each.perSecond)).toFixed(0);
    return {
      title: `created → on the host, ${perSecond}/s, p${percent}`,
      unit: 'ms',
      samples: of(virtual),
      reach: reach[`p${percent}`],
      note: `${count} pods, ${reached}/s in fact; a pod made on the host itself is seen after ${median(of(direct)).toFixed(1)} ms`,
    };
  };
  return [row(50), row(99)];
}

/** Makes pods in `from` at a steady pace, and takes them away in the end. */
async function oneRun({
  from,
  to,
  nameOf,
  count,
  perSecond,
  signal,
}: {
  from: Side;
  to: Side;
  nameOf: (pod: Pod) => string;
  count: number;
  perSecond: number;
  signal: AbortSignal;
}): Promise<Run> {
  const seen = new Map<string, number>();
  const created = new Map<string, number>();
  const onObject = (pod: Pod) => {
    const name = nameOf(pod);
    if (!seen.has(name)) seen.set(name, performance.now());
  };
  const pods = await follow<Pod>({ client: to.client, resource: resources.pods, options: to, onObject, signal });
  try {
    const actual = await paced(count, perSecond, async (index) => {
      const name = `paced-${index}`;
      await from.client.create<Pod>(resources.pods, benchPod(from.namespace, name));
      created.set(name, performance.now());
    });
    await pods.until(({ all }) => all >= count);
    await many(count, 10, async (index) => {
      await from.client.delete({ resource: resources.pods, namespace: from.namespace, name: `paced-${index}` });
    });
    await pods.until(({ all }) => all === 0);
    // A watch may be ahead of the answer.
    const latencies = [...created].map(([name, at]) => Math.max(0, (seen.get(name) ?? Number.NaN) - at));
    return { latencies, perSecond: actual };
  } finally {
    await pods.end();
  }
}
