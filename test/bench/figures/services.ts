import { type KubeObject, type Service, resources } from '../../../src/kube/types.ts';
import { alternate, mediansOf, ratios } from '../alternate.ts';
import { type BenchCluster, type Side, withBenchCluster } from '../bench-cluster.ts';
import { benchService } from '../bench-objects.ts';
import { type Bench, type Figure, fewRuns, type Row } from '../figure.ts';
import { follow } from '../follow.ts';
import { listsDuring } from '../lists-during.ts';
import { many } from '../many.ts';

const port = 28_030;
const counts = { small: [10, 20], default: [100, 500], full: [500, 2_000] } as const;
const mostRuns = 2;
const atOnce = 10;
const reach = { lists: 0, growth: 1.2 };

interface Run {
  seconds: number;
  lists: number;
}

/** How long Services take that are made and are on the host, against the same on the host. */
export const services: Figure = {
  name: 'services',
  describe: 'Services made, with their host Services',
  host: 'embedded',
  async measure(bench) {
    const [few, most] = counts[bench.size];
    return await withBenchCluster(bench, { port, pods: 0 }, async (cluster) => {
      await alternate(1, waysOf(cluster, 5, bench));
      const small = await alternate(fewRuns(bench, mostRuns), waysOf(cluster, few, bench));
      const large = await alternate(fewRuns(bench, mostRuns), waysOf(cluster, most, bench));
      const of = (runs: Run[]) => runs.map(({ seconds }) => seconds);
      const rows: Row[] = [
        {
          title: `${most} Services made, ÷ direct`,
          unit: '×',
          samples: ratios(of(large.virtual), of(large.direct)),
          note: mediansOf({ virtual: of(large.virtual), direct: of(large.direct) }),
        },
        {
          title: `time for each Service, ${most} ÷ ${few}`,
          unit: '×',
          samples: ratios(of(large.virtual), of(small.virtual)).map((each) => (each * few) / most),
          reach: reach.growth,
        },
        {
          title: 'lists of Services, endpoints and slices meanwhile, both sides',
          unit: '',
          samples: large.virtual.map(({ lists }) => lists),
          reach: reach.lists,
        },
      ];
      return rows;
    });
  },
};

function waysOf(cluster: BenchCluster, count: number, { signal }: Bench) {
  const { virtualSide, directSide, translator } = cluster;
  const hostSide = { client: cluster.host, namespace: translator.hostNamespace };
  return {
    virtual: async () => await oneRun({ from: virtualSide, to: hostSide, count, signal }),
    direct: async () => await oneRun({ from: directSide, to: directSide, count, signal }),
  };
}

async function oneRun({
  from,
  to,
  count,
  signal,
}: {
  from: Side;
  to: Side;
  count: number;
  signal: AbortSignal;
}): Promise<Run> {
  const nameOf = (index: number) => `many-${index}`;
  const isSo = ({ metadata }: KubeObject) => metadata.name.includes('many-');
  const { namespace } = to;
  const followed = await follow({
    client: to.client,
    resource: resources.services,
    options: { namespace },
    isSo,
    signal,
  });
  try {
    let seconds = 0;
    const clients = [...new Set([from.client, to.client])];
    const lists = await listsDuring(clients, ['services', 'endpoints', 'endpointslices'], async () => {
      const began = performance.now();
      await many(count, atOnce, async (index) => {
        await from.client.create<Service>(resources.services, benchService(from.namespace, nameOf(index)));
      });
      await followed.until(({ so }) => so === count);
      seconds = (performance.now() - began) / 1000;
    });
    await many(count, atOnce, async (index) => {
      await from.client.delete({ resource: resources.services, namespace: from.namespace, name: nameOf(index) });
    });
    await followed.until(({ so }) => so === 0);
    return { seconds, lists };
  } finally {
    await followed.end();
  }
}
