import { type Pod, resources } from '../../../src/kube/types.ts';
import { startRealHost } from '../../host/real-host.ts';
import { clientOf } from '../../support/client-of.ts';
import { busybox, startVirtualCluster } from '../../support/virtual-cluster.ts';
import { alternate, ratios } from '../alternate.ts';
import { type Side, untilUsable } from '../bench-cluster.ts';
import { benchPod, isRunning } from '../bench-objects.ts';
import type { Figure, Row } from '../figure.ts';
import { follow } from '../follow.ts';
import { paced } from '../many.ts';
import { median, percentile } from '../statistics.ts';

const port = 28_054;
const count = { small: 3, default: 20, full: 60 };
/** So few that the machine is not busy with one pod when the next comes. */
const perSecond = 1;
/** It ends at once when it is asked to. */
const command = ['sh', '-c', 'trap exit TERM; sleep 36000 & wait'];
const sleeping = { containers: [{ name: 'main', command, ...busybox }] };

/** Of one run: from the answer to a create until the pod runs, and from that to a delete until it is gone, in milliseconds. */
interface Run {
  running: number[];
  gone: number[];
}

/** How long a pod with real containers takes until it runs and until it is gone, against the same on the host. */
export const podLatency: Figure = {
  name: 'pod-latency',
  describe: 'a pod with a real container created → it runs, deleted → it is gone',
  host: 'real',
  async measure({ size, runs, program, signal }) {
    const startHost = async () => await startRealHost({ name: 'bench' });
    const cluster = await startVirtualCluster(startHost, { port, program });
    const sideOf = (kubeconfig: string): Side => ({ client: clientOf(kubeconfig), namespace: 'default' });
    const virtualSide = sideOf(cluster.k3v().kubeconfig);
    const directSide = sideOf(cluster.testHost.kubeconfig);
    try {
      await Promise.all([virtualSide, directSide].map(untilUsable));
      const ways = (pods: number) => ({
        virtual: async () => await oneRun(virtualSide, pods, signal),
        direct: async () => await oneRun(directSide, pods, signal),
      });
      // The first ones of a process are slow.
      await alternate(1, ways(1));
      const { virtual, direct } = await alternate(runs, ways(count[size]));
      const what = { running: 'created → runs', gone: 'deleted → gone' };
      return (['running', 'gone'] as const).flatMap((key) =>
        [50, 99].map((percent): Row => {
          const of = (results: Run[]) => results.map((run) => percentile(run[key], percent));
          const inMs = (results: Run[]) => `${median(of(results)).toFixed(0)} ms`;
          return {
            title: `${what[key]}, real containers, p${percent}, ÷ direct`,
            unit: '×',
            samples: ratios(of(virtual), of(direct)),
            note: `${count[size]} pods, one a second: ${inMs(virtual)}, direct ${inMs(direct)}`,
          };
        }),
      );
    } finally {
      for (const { client } of [virtualSide, directSide]) client.close();
      await cluster.stop();
    }
  },
};

/** Makes pods one after the other, and then deletes them so. */
async function oneRun({ client, namespace }: Side, pods: number, signal: AbortSignal): Promise<Run> {
  const ran = new Map<string, number>();
  const onObject = (pod: Pod) => {
    if (isRunning(pod) && !ran.has(pod.metadata.name)) ran.set(pod.metadata.name, performance.now());
  };
  const followed = await follow<Pod>({ client, resource: resources.pods, options: { namespace }, onObject, signal });
  const nameOf = (index: number) => `latency-${index}`;
  try {
    const created: number[] = [];
    await paced(pods, perSecond, async (index) => {
      await client.create<Pod>(resources.pods, benchPod(namespace, nameOf(index), sleeping));
      created[index] = performance.now();
    });
    await followed.until(() => ran.size === pods);
    const gone: number[] = [];
    for (let index = 0; index < pods; index++) {
      const left = followed.tally().all - 1;
      await client.delete({ resource: resources.pods, namespace, name: nameOf(index) }, { gracePeriodSeconds: 1 });
      const began = performance.now();
      gone.push((await followed.until(({ all }) => all <= left)) - began);
    }
    return { running: created.map((at, index) => Math.max(0, (ran.get(nameOf(index)) ?? Number.NaN) - at)), gone };
  } finally {
    await followed.end();
  }
}
