import { delay } from '../kube/delay.ts';
import type { KubeClient } from '../kube/client.ts';
import { fenceClient } from '../kube/fenced-client.ts';
import { paceClient } from '../kube/paced-client.ts';
import { createRequestGate } from '../kube/request-gate.ts';
import { type ElectionTimes, type Term, runElection, soleTerm } from '../kube/lease-election.ts';
import { createLeaseSeat } from '../kube/lease-seat.ts';
import { createWorkQueue } from '../kube/rate-limited-queue.ts';
import { type KubeObject, type Pod, keyOf } from '../kube/types.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../log.ts';
import type { ControllerMetrics } from '../metrics/controller-metrics.ts';
import { runTogether } from '../run-together.ts';
import { createEventRecorder } from '../syncer/event-recorder.ts';
import { createObjectWriter } from './apply-objects.ts';
import type { HostFacts, Images } from './cluster-context.ts';
import {
  type ClusterStores,
  clusterOf,
  clustersIn,
  createClusterStores,
  knownClusters,
  namespacesUnder,
} from './cluster-stores.ts';
import { type FixedFacts, nodeAddresses, readFixedFacts } from './host-facts.ts';
import { fieldManager } from './names.ts';
import { podCidrs } from './pod-cidrs.ts';
import { onPolicyEvents } from './policy-events.ts';
import { createPolicyReconciler, knownPolicies } from './policy-reconciler.ts';
import { clusterReconciler } from './reconcile-cluster.ts';
import { workLoop } from './work-loop.ts';

/** Another one follows a leader that is killed after 17 s at the latest. */
const times: ElectionTimes = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
/** The Lease by which several controllers choose one that works. */
const leaseName = 'k3k-controller';
/** A host is updated while the controller runs. */
const factsMs = 600_000;
/** Changes of nodes and of pod addresses are looked at together: each look goes through all of them. */
const lookMs = 1_000;
/** A policy goes through its namespaces one by one. */
const policyWorkers = 2;

export interface ControllerOptions {
  /** Of the host. It is asked for no more at a time than it takes well; the Lease waits for nothing. */
  client: KubeClient;
  /** Of the Lease. */
  namespace: string;
  /** The only one whose Clusters count; all if undefined. */
  watchNamespace: string | undefined;
  images: Images;
  /** Ranges of pods of the host; none: what its nodes say. */
  podCidrs: readonly string[];
  /** Under which the controller holds the Lease; undefined: it is the only one, and asks for none. */
  identity: string | undefined;
  /** How many Clusters are worked on at the same time. */
  workers: number;
  /** Told of what it does; undefined: nobody is. */
  metrics: ControllerMetrics | undefined;
  log: Logger;
}

/** Makes Clusters what they say. States: new → `run` → ended. */
export interface Controller {
  /** Works until `signal` aborts, and resolves when nothing of it is left. Rejects as `checkHost` does, if the host cannot be asked at the start. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether it knows what there is on the host. */
  isReady(): boolean;
}

/** Returns the controller of the Clusters of a host, which does nothing yet. */
export function createController(options: ControllerOptions): Controller {
  const { namespace, watchNamespace, images, podCidrs: given, identity, workers, metrics, log } = options;
  const now = () => performance.now();
  let term: Term | undefined;
  const metered = metrics?.meterClient(options.client, 'host') ?? options.client;
  const life = new AbortController();
  const gate = createRequestGate({ signal: life.signal });
  const client = fenceClient(paceClient(metered, gate), () => term);
  const onError = (error: unknown) => log.debug({ err: error }, 'a watch of the host broke off');
  const stores = createClusterStores({
    client: paceClient(options.client, gate),
    namespace: watchNamespace,
    onError,
    meter: metrics?.watch,
  });
  const queue = createWorkQueue({ meter: metrics?.queue('cluster') });
  const policyQueue = createWorkQueue({ meter: metrics?.queue('policy') });
  // Who leads begins with all that there is. One that stands by has nothing to do, and counts nothing that waits.
  for (const each of [queue, policyQueue]) each.shutDown();
  let fixed: FixedFacts = { version: '', serviceCidr: undefined };
  let host: HostFacts = { ...fixed, podCidrs: [], nodeAddresses: [] };

  const all = () => {
    for (const cluster of stores.clusters.list()) queue.add(keyOf(cluster));
  };
  const lookAtHost = () => {
    const podIps = [...stores.pods.list()].flatMap(({ spec, status }) =>
      spec?.hostNetwork ? [] : addressesOf(status),
    );
    const podRanges = podCidrs({ given, nodes: stores.nodes.list(), podIps });
    const found: HostFacts = { ...fixed, podCidrs: podRanges, nodeAddresses: nodeAddresses(stores.nodes.list()) };
    if (JSON.stringify(found) === JSON.stringify(host)) return;
    host = found;
    all();
  };
  let look: NodeJS.Timeout | undefined;
  const lookSoon = () => {
    look ??= setTimeout(() => {
      look = undefined;
      lookAtHost();
    }, lookMs);
    look.unref();
  };
  shift(stores, queue, lookSoon);
  // One that looks after a single namespace obeys policies; to put them into force in others is not its business.
  if (watchNamespace === undefined) onPolicyEvents(stores, policyQueue.add);
  metrics?.follow({
    phases: () => phasesOf(stores),
    lease: { name: leaseName, isHeld: () => term !== undefined },
  });

  const recorder = createEventRecorder({
    client,
    component: fieldManager,
    now: Date.now,
    onError: (error) => log.debug({ err: error }, 'an event could not be written'),
  });
  const writer = createObjectWriter({ client, stores });
  const reconcile = clusterReconciler({ client, stores, images, host: () => host, writer, recorder, now: Date.now });

  const bringIntoForce = createPolicyReconciler({ client, stores });
  const reconcilePolicy = async (name: string) => {
    await bringIntoForce(name);
    return undefined;
  };
  const work = workLoop({ onReconciled: metrics?.reconciled, log });

  async function lead(current: Term): Promise<void> {
    term = current;
    log.info({ clusters: stores.clusters.size() }, 'leads: looks after the Clusters');
    queue.reopen();
    policyQueue.reopen();
    for (const key of knownClusters(stores)) queue.add(key);
    if (watchNamespace === undefined) for (const name of knownPolicies(stores)) policyQueue.add(name);
    const end = () => {
      queue.shutDown();
      policyQueue.shutDown();
    };
    current.ending.addEventListener('abort', end);
    if (current.ending.aborted) end();
    try {
      await Promise.all([
        work({ kind: 'cluster', queue, reconcile, workers }),
        work({ kind: 'policy', queue: policyQueue, reconcile: reconcilePolicy, workers: policyWorkers }),
      ]);
    } finally {
      term = undefined;
      log.info('leads no more');
    }
  }

  async function elect(signal: AbortSignal): Promise<void> {
    await Promise.all(stores.all.map(async (store) => await store.synced()));
    lookAtHost();
    if (identity === undefined) return await lead(soleTerm(signal));
    const seat = createLeaseSeat({ client: options.client, namespace, name: leaseName, identity, ...times, now });
    await runElection(
      {
        seat,
        times,
        lead,
        now,
        onHolder: (holder) => log.info({ holder: holder ?? 'nobody' }, 'who leads'),
        onError: (error) => log.warn({ reason: reasonOf(error) }, 'no answer about the leader'),
      },
      signal,
    );
  }

  async function keepFacts(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(factsMs, signal);
      if (signal.aborted) return;
      fixed = await readFixedFacts(options.client, namespace).catch(() => fixed);
      lookAtHost();
    }
  }

  return {
    isReady: () => stores.all.every(({ hasSynced }) => hasSynced),
    async run(signal) {
      signal.addEventListener('abort', () => life.abort(signal.reason), { once: true });
      fixed = await readFixedFacts(options.client, namespace);
      const ended = (error: unknown) => {
        if (!signal.aborted) throw error;
      };
      await runTogether(
        [
          ...stores.all.map((store) => async (each: AbortSignal) => await store.start(each)),
          async (each) => await elect(each).catch(ended),
          keepFacts,
        ],
        signal,
      ).finally(() => clearTimeout(look));
    },
  };
}

/** Has each change of what is watched put the Clusters into `queue` that it concerns. */
function shift(stores: ClusterStores, queue: WorkQueue, onHost: () => void): void {
  stores.clusters.onChange(({ previous, current }) => {
    const changed = current ?? previous;
    if (changed) queue.add(keyOf(changed));
  });
  for (const store of [...stores.owned, stores.pods]) {
    store.onChange(({ previous, current }: { previous: KubeObject | undefined; current: KubeObject | undefined }) => {
      const keys = [previous, current].flatMap((object) => (object && clusterOf(object)) ?? []);
      for (const key of new Set(keys)) queue.add(key);
    });
  }
  const addAllIn = (namespace: string) => {
    for (const cluster of clustersIn(stores, namespace)) queue.add(keyOf(cluster));
  };
  stores.namespaces.onChange(({ previous, current }) => {
    const labels = [previous, current].map((each) => JSON.stringify(each?.metadata.labels ?? {}));
    const changed = current ?? previous;
    if (changed && labels[0] !== labels[1]) addAllIn(changed.metadata.name);
  });
  stores.policies.onChange(({ previous, current }) => {
    const name = (current ?? previous)?.metadata.name ?? '';
    if (previous && previous.metadata.generation === current?.metadata.generation) return;
    for (const { metadata } of namespacesUnder(stores, name)) addAllIn(metadata.name);
  });
  stores.nodes.onChange(onHost);
  // Pods whose addresses are not in the ranges of the nodes.
  stores.pods.onChange(({ previous, current }) => {
    if (current?.status?.podIP !== previous?.status?.podIP) onHost();
  });
}

function phasesOf({ clusters }: ClusterStores): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { status } of clusters.list()) {
    const phase = status?.phase ?? 'Unknown';
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}

function addressesOf(status: Pod['status']): string[] {
  return (status?.podIPs ?? []).map(({ ip }) => ip);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
