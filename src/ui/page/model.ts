import { type ClusterFacts, type LatencySample, type PageUpdate, type PodRow, type Way, keptMs } from '../page-data.ts';

/** All that the page knows. */
export interface Model {
  cluster: ClusterFacts | undefined;
  running: boolean;
  unreachable: readonly string[];
  pods: ReadonlyMap<string, PodRow>;
  samples: readonly LatencySample[];
}

export const emptyModel: Model = {
  cluster: undefined,
  running: false,
  unreachable: [],
  pods: new Map(),
  samples: [],
};

/** Returns `model` with what `update` tells. Pure. */
export function updated(model: Model, update: PageUpdate, now = Date.now()): Model {
  const { cluster, running, unreachable, pods, samples } = { ...(update.all ? emptyModel : model) };
  return {
    cluster: update.cluster ?? cluster,
    running: update.running ?? running,
    unreachable: update.unreachable ?? unreachable,
    pods: update.pods ? withNews(pods, update.pods) : pods,
    samples: [...samples, ...(update.samples ?? [])].filter(({ at }) => at > now - keptMs),
  };
}

function withNews(pods: Model['pods'], news: NonNullable<PageUpdate['pods']>): Model['pods'] {
  const all = new Map(pods);
  for (const [key, row] of Object.entries(news)) {
    if (row) all.set(key, row);
    else all.delete(key);
  }
  return all;
}

/** Returns what a tab among others is called: the virtual cluster, and what is refused there. */
export function titleOf({ cluster }: Model): string {
  const refused = cluster?.kinds.reduce((all, kind) => all + kind.refused, 0) ?? 0;
  return `k3v${cluster ? ` ${cluster.id}` : ''}${refused > 0 ? `: ${refused} refused` : ''}`;
}

/** How a pod stands: `left` is on the host and no more in the virtual cluster. */
export type Standing = 'in sync' | 'pending' | 'refused' | 'left';

/** A pod as a row shows it. */
export interface ShownPod extends PodRow {
  key: string;
  standing: Standing;
  /** Why it is not in sync, as far as k3v says. */
  why: string | undefined;
}

/** Returns the pods, by namespace and name. */
export function shownPods({ pods, cluster }: Model): ShownPod[] {
  const failing = cluster?.kinds.filter(({ plural }) => plural === 'pods').flatMap((kind) => kind.failing) ?? [];
  const failures = new Map(failing.map((each) => [each.key, each]));
  return [...pods]
    .map(([key, row]) => {
      const failure = failures.get(key);
      const why = failure && (failure.reason ? `${failure.reason}: ${failure.message}` : failure.message);
      return { ...row, key, why, standing: standingOf(row, failure?.isRefused) };
    })
    .toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

/** `isRefused` is undefined for a pod of which k3v says nothing. */
function standingOf({ virtual, host }: PodRow, isRefused: boolean | undefined): Standing {
  if (!virtual) return 'left';
  if (isRefused !== undefined) return isRefused ? 'refused' : 'pending';
  return host?.state === virtual.state && host.ready === virtual.ready ? 'in sync' : 'pending';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How long one way takes, in milliseconds. */
export interface Summary {
  count: number;
  median: number;
  p95: number;
  longest: number;
}

/** Returns the figures of the samples of one way, undefined if there are none. */
export function summaryOf(samples: readonly LatencySample[], way: Way): Summary | undefined {
  const sorted = samples.flatMap((each) => (each.way === way ? [each.ms] : [])).toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return sorted.length > 0 ? { count: sorted.length, median: at(0.5), p95: at(0.95), longest: at(1) } : undefined;
}
