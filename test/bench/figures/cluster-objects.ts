import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, k3kResources } from '../../../src/k3k/types.ts';
import { type K3kHost, startK3kHost } from '../../support/k3k-host.ts';
import { processorSeconds, residentMegabytes } from '../../support/process-figures.ts';
import { nodesFor } from '../bench-cluster.ts';
import type { Figure } from '../figure.ts';
import { follow } from '../follow.ts';
import { many } from '../many.ts';

const counts = { small: 10, default: 100, full: 500 };
const atOnce = 10;
const idleMs = { small: 5_000, default: 60_000, full: 60_000 };

/** What many Clusters cost the controller; the test plays their servers. It is done once: the controller is the same all the time. */
export const clusterObjects: Figure = {
  name: 'cluster-objects',
  describe: 'the controller of Clusters: many of them created, and then nothing to do',
  host: 'embedded',
  async measure({ size, program, signal }) {
    const count = counts[size];
    const host = await startK3kHost({ nodes: nodesFor(count) });
    const controller = spawn(process.execPath, [program, 'controller', '--kubeconfig', host.kubeconfig], {
      stdio: 'ignore',
    });
    const exited = once(controller, 'exit');
    const pid = controller.pid ?? 0;
    try {
      const isSo = ({ status }: Cluster) => status?.phase === 'Ready';
      const followed = await follow<Cluster>({ client: host.client, resource: k3kResources.clusters, isSo, signal });
      const began = performance.now();
      await many(count, atOnce, async (index) => await makeCluster(host, `cluster-${index}`));
      const seconds = ((await followed.until(({ so }) => so === count)) - began) / 1000;
      await followed.end();
      const worked = processorSeconds(pid);
      await sleep(idleMs[size]);
      const before = processorSeconds(pid);
      await sleep(idleMs[size]);
      const percent = ((processorSeconds(pid) - before) / idleMs[size]) * 100_000;
      return [
        { title: `${count} Clusters created → all Ready`, unit: 's', samples: [seconds] },
        { title: '  processor time of the controller for that', unit: 's', samples: [worked] },
        { title: `  of a processor, ${count} Clusters with nothing to do`, unit: '%', samples: [percent] },
        { title: '  RSS of the controller', unit: 'MB', samples: [residentMegabytes(pid)] },
      ];
    } finally {
      controller.kill('SIGTERM');
      await exited;
      await host.stop();
    }
  },
};

/** Makes a Cluster, and does what its servers would. */
async function makeCluster(host: K3kHost, name: string): Promise<void> {
  await host.create(name, { persistence: { type: 'ephemeral' } });
  await host.playServer(name);
}
