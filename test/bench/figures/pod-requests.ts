import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimName } from '../../../src/host/claim-id.ts';
import { type Pod, resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { type ProxiedCluster, startProxiedCluster } from '../../support/proxied-cluster.ts';
import { untilUsable } from '../bench-cluster.ts';
import { benchPod, isRunning } from '../bench-objects.ts';
import { type Figure, fewRuns, type Row } from '../figure.ts';
import { follow } from '../follow.ts';
import { many } from '../many.ts';
import { auditedRequests, countRequests, type Request, withSubresource } from '../requests.ts';

const ports = { port: 28_025, proxyPort: 28_026 };
const counts = { small: 10, default: 100, full: 300 };
const mostRuns = 2;
/** Enough for each of three nodes to have some. */
const stayers = 9;
const namespace = 'default';
const reach = { host: 2, virtual: 4, reads: 0 };
/** So long nothing is asked for any more: long enough for what waits and comes together. */
const quietMs = 4_000;
const patience = { timeoutMs: 120_000, everyMs: 250 };

/** What k3v asked of each side so far. */
interface Asked {
  host: Request[];
  virtual: Request[];
}

/** How often k3v writes to both sides, and reads from them, for a pod from its creation to its end. */
export const podRequests: Figure = {
  name: 'pod-requests',
  describe:
    'requests of k3v for the life of a pod, counted by a proxy before the host and by the audit log of the virtual cluster',
  host: 'embedded',
  async measure(bench) {
    const cluster = await startProxiedCluster({ ...ports, flags: ['--audit-log'] });
    try {
      await untilUsable({ client: cluster.virtual, namespace });
      // What comes once for a namespace or a node is there before, and stays: a node without a pod is not shown.
      for (let index = 0; index < stayers; index++) {
        await cluster.virtual.create<Pod>(resources.pods, benchPod(namespace, `stays-${index}`));
      }
      await livesOf(cluster, 2, true, bench.signal);
      await livesOf(cluster, 2, false, bench.signal);
      const rows: Row[] = [];
      for (const withTokens of [false, true]) {
        const results: { counted: Record<keyof Asked, ReturnType<typeof countRequests>> }[] = [];
        for (let run = 0; run < fewRuns(bench, mostRuns); run++) {
          const asked = await livesOf(cluster, counts[bench.size], withTokens, bench.signal);
          const of = (requests: Request[]) => countRequests(requests, counts[bench.size]);
          results.push({ counted: { host: of(asked.host), virtual: of(asked.virtual) } });
        }
        const which = withTokens ? 'with the tokens of its account' : 'without tokens';
        const note = (side: keyof Asked) => results[0]?.counted[side].parts ?? '';
        rows.push(
          {
            title: `host writes for a pod ${which}`,
            unit: '',
            samples: results.map(({ counted }) => counted.host.writes),
            // A Secret with tokens is an object more.
            ...(withTokens ? {} : { reach: reach.host }),
            note: note('host'),
          },
          {
            title: `virtual writes for a pod ${which}`,
            unit: '',
            samples: results.map(({ counted }) => counted.virtual.writes),
            ...(withTokens ? {} : { reach: reach.virtual }),
            note: note('virtual'),
          },
          {
            title: `reads of both for a pod ${which}`,
            unit: '',
            samples: results.map(({ counted }) => counted.host.reads + counted.virtual.reads),
            reach: reach.reads,
          },
        );
      }
      return rows;
    } finally {
      await cluster.stop();
    }
  },
};

/** Makes `count` pods, waits until they run, deletes them, and waits until they are gone; returns what k3v asked for meanwhile. */
async function livesOf(
  cluster: ProxiedCluster,
  count: number,
  withTokens: boolean,
  signal: AbortSignal,
): Promise<Asked> {
  const { virtual: client } = cluster;
  const before = await untilQuiet(cluster);
  const nameOf = (index: number) => `counted-${index}`;
  const options = { namespace, labelSelector: 'counted' };
  const pods = await follow<Pod>({ client, resource: resources.pods, options, isSo: isRunning, signal });
  try {
    await many(count, 5, async (index) => {
      const spec = { automountServiceAccountToken: withTokens };
      const pod = benchPod(namespace, nameOf(index), spec);
      await client.create<Pod>(resources.pods, { ...pod, metadata: { ...pod.metadata, labels: { counted: '' } } });
    });
    await pods.until(({ so }) => so === count);
    await many(count, 5, async (index) => {
      await client.delete({ resource: resources.pods, namespace, name: nameOf(index) });
    });
    await pods.until(({ all }) => all === 0);
  } finally {
    await pods.end();
  }
  const after = await untilQuiet(cluster);
  return { host: after.host.slice(before.host.length), virtual: after.virtual.slice(before.virtual.length) };
}

/** Resolves with what was asked for once no more comes. */
async function untilQuiet(cluster: ProxiedCluster): Promise<Asked> {
  let last = await askedSoFar(cluster);
  let since = performance.now();
  return await eventually(async () => {
    const now = await askedSoFar(cluster);
    if (now.host.length + now.virtual.length > last.host.length + last.virtual.length) since = performance.now();
    last = now;
    if (performance.now() - since < quietMs) throw new Error('k3v still asks for something');
    return now;
  }, patience);
}

/** But for what k3v asks for in any case, however few pods there are. */
async function askedSoFar({ proxy, folder }: ProxiedCluster): Promise<Asked> {
  const isOfPods = ({ resource, name }: Request) => resource !== 'leases' && name !== claimName('default');
  const host = proxy.calls.flatMap(({ verb, plural, subresource, name }) =>
    plural === undefined ? [] : [{ verb, resource: withSubresource(plural, subresource), name }],
  );
  const log = await readFile(join(folder, 'k3v-data/audit/audit.log'), 'utf8');
  return { host: host.filter(isOfPods), virtual: auditedRequests(log, 'k3v/').filter(isOfPods) };
}
