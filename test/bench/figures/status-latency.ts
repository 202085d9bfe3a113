import { setTimeout as sleep } from 'node:timers/promises';
import { type Pod, resources } from '../../../src/kube/types.ts';
import { alternate } from '../alternate.ts';
import { type Side, withBenchCluster } from '../bench-cluster.ts';
import { benchPod, isRunning } from '../bench-objects.ts';
import type { Figure, Row } from '../figure.ts';
import { follow } from '../follow.ts';
import { many, paced } from '../many.ts';
import { median, percentile } from '../statistics.ts';

const port = 28_021;
const podCount = 20;
const perSecond = 10;
const changes = { small: 20, default: 60, full: 300 };
const reach = { 50: 25, 99: 150 };
const condition = 'bench.k3v.io/turn';
const settleMs = 1_000;

/** How long it takes from the answer to a change of a host pod's status until a watch of the virtual cluster shows it. */
export const statusLatency: Figure = {
  name: 'status-latency',
  describe: 'the status of a host pod changes → it is seen in the virtual cluster',
  host: 'embedded',
  async measure({ program, size, runs, signal }) {
    return await withBenchCluster({ program }, { port, pods: 2 * podCount }, async (cluster) => {
      const { virtualSide, directSide, translator } = cluster;
      await makePods(virtualSide, signal);
      await makePods(directSide, signal);
      await sleep(settleMs);
      const hostSide = { client: cluster.host, namespace: translator.hostNamespace };
      const hostName = (name: string) => translator.hostName('Pod', virtualSide.namespace, name);
      const count = changes[size];
      let turn = 0;
      const { virtual, direct } = await alternate(runs, {
        virtual: async () =>
          await oneRun({ from: hostSide, to: virtualSide, nameIn: hostName, turn: ++turn, count, signal }),
        direct: async () =>
          await oneRun({ from: directSide, to: directSide, nameIn: (name) => name, turn: ++turn, count, signal }),
      });
      const row = (percent: 50 | 99): Row => {
        const of = (latencies: number[][]) => latencies.map((each) => percentile(each, percent));
        return {
          title: `host status → virtual, ${perSecond}/s, p${percent}`,
          unit: 'ms',
          samples: of(virtual),
          reach: reach[percent],
          note: `${count} changes of ${podCount} pods; on the host itself one is seen after ${median(of(direct)).toFixed(1)} ms`,
        };
      };
      return [row(50), row(99)];
    });
  },
};

async function makePods({ client, namespace }: Side, signal: AbortSignal): Promise<void> {
  const pods = await follow<Pod>({ client, resource: resources.pods, options: { namespace }, isSo: isRunning, signal });
  await many(
    podCount,
    5,
    async (index) => await client.create<Pod>(resources.pods, benchPod(namespace, nameOf(index))),
  );
  await pods.until(({ so }) => so === podCount);
  await pods.end();
}

/** Says something new in a condition of one pod after the other in `from`; returns after how many milliseconds it stands in `to`. */
async function oneRun({
  from,
  to,
  nameIn,
  turn,
  count,
  signal,
}: {
  from: Side;
  to: Side;
  /** What a pod is called in `from`. */
  nameIn: (name: string) => string;
  turn: number;
  count: number;
  signal: AbortSignal;
}): Promise<number[]> {
  const written = new Map<string, number>();
  const seen = new Map<string, number>();
  const done = Promise.withResolvers<void>();
  const onObject = ({ status }: Pod) => {
    const word = status?.conditions?.find(({ type }) => type === condition)?.message;
    if (word?.startsWith(`${turn}/`) !== true || seen.has(word)) return;
    seen.set(word, performance.now());
    if (seen.size === count) done.resolve();
  };
  const { namespace } = to;
  const pods = await follow<Pod>({
    client: to.client,
    resource: resources.pods,
    options: { namespace },
    onObject,
    signal,
  });
  try {
    await paced(count, perSecond, async (index) => {
      const word = `${turn}/${index}`;
      const ref = { resource: resources.pods, namespace: from.namespace, name: nameIn(nameOf(index % podCount)) };
      const conditions = [{ type: condition, status: 'True', message: word }];
      await from.client.patch(ref, 'strategic', { status: { conditions } }, { subresource: 'status' });
      written.set(word, performance.now());
    });
    await Promise.race([done.promise, pods.until(() => false, 60_000)]);
    return [...written].map(([word, at]) => Math.max(0, (seen.get(word) ?? Number.NaN) - at));
  } finally {
    await pods.end();
  }
}

function nameOf(index: number): string {
  return `status-${index}`;
}
