import type { Node, Pod } from '../kube/types.ts';
import type { PodPair } from './cluster-view.ts';
import { hasContainer } from './has-container.ts';

/** The parts of a kubelet's stats/v1alpha1 Summary that are read here; the others pass as they are. */
export interface Summary {
  node: NodeStats;
  pods: PodStats[];
}

/** A figure and when it was taken (RFC 3339). */
interface CpuStats {
  time?: string;
  usageCoreNanoSeconds?: number;
  usageNanoCores?: number;
}

interface MemoryStats {
  time?: string;
  workingSetBytes?: number;
}

export interface NodeStats {
  nodeName: string;
  startTime?: string;
  cpu?: CpuStats;
  memory?: MemoryStats;
  fs?: object;
}

export interface ContainerStats {
  name: string;
  startTime?: string;
  cpu?: CpuStats;
  memory?: MemoryStats;
}

export interface VolumeStats {
  name: string;
  pvcRef?: { name: string; namespace: string };
  capacityBytes?: number;
  availableBytes?: number;
  usedBytes?: number;
  inodes?: number;
  inodesFree?: number;
  inodesUsed?: number;
}

export interface PodStats {
  podRef: { name: string; namespace: string; uid: string };
  startTime?: string;
  containers?: ContainerStats[];
  cpu?: CpuStats;
  memory?: MemoryStats;
  volume?: VolumeStats[];
}

/** Returns the Summary in `body`, or undefined if it is none. */
export function parseSummary(body: string): Summary | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const pods: unknown = Reflect.get(Object(parsed), 'pods');
    const node: unknown = Reflect.get(Object(parsed), 'node');
    const isSummary = Array.isArray(pods) && pods.every(isPodStats) && typeof node === 'object' && node !== null;
    return isSummary ? (parsed as Summary) : undefined;
  } catch {
    return undefined;
  }
}

function isPodStats(pod: unknown): boolean {
  return typeof Reflect.get(Object(Reflect.get(Object(pod), 'podRef')), 'name') === 'string';
}

/**
 * Returns the Summary of `node` as the virtual cluster may see it: of the node the figures that `kubectl top nodes` shows, and of the
 * pods those of this tenant, in its names and without containers and volumes that only the host knows. Without the `host`'s
 * Summary, or for a pod that is not in it, there are pods and containers with their start and no figures.
 */
export function tenantSummary({
  host,
  hostNamespace,
  node,
  pods,
}: {
  host: Summary | undefined;
  hostNamespace: string;
  node: Node;
  pods: PodPair[];
}): Summary {
  const known = new Map<string, PodStats>();
  for (const stats of host?.pods ?? []) {
    if (stats.podRef.namespace === hostNamespace) known.set(stats.podRef.name, stats);
  }
  const { startTime = node.metadata.creationTimestamp, cpu, memory, fs } = host?.node ?? {};
  return {
    node: {
      nodeName: node.metadata.name,
      ...(startTime ? { startTime } : {}),
      ...(cpu ? { cpu } : {}),
      ...(memory ? { memory } : {}),
      ...(fs ? { fs } : {}),
    },
    pods: pods
      .filter(({ host: { status } }) => status?.phase === 'Running')
      .map((pair) => podStats(pair, known.get(pair.host.metadata.name))),
  };
}

function podStats({ virtual, host }: PodPair, stats: PodStats | undefined): PodStats {
  const { name, namespace = '', uid = '' } = virtual.metadata;
  const podRef = { name, namespace, uid };
  if (stats?.podRef.uid === host.metadata.uid) {
    return {
      ...stats,
      podRef,
      containers: (stats?.containers ?? []).filter((each) => hasContainer(virtual, each.name)),
      ...(stats?.volume ? { volume: stats.volume.flatMap((each) => volumeStats(each, virtual)) } : {}),
    };
  }
  const startTime = host.status?.startTime;
  return {
    podRef,
    ...(startTime ? { startTime } : {}),
    containers: (host.status?.containerStatuses ?? []).flatMap((each) => {
      const startedAt = each.state?.running?.startedAt;
      return startedAt && hasContainer(virtual, each.name) ? [{ name: each.name, startTime: startedAt }] : [];
    }),
  };
}

function volumeStats(volumeOnHost: VolumeStats, { metadata, spec }: Pod): VolumeStats[] {
  const { pvcRef: _, ...stats } = volumeOnHost;
  const volume = spec?.volumes?.find(({ name }) => name === stats.name);
  if (!volume) return [];
  const claim =
    volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${metadata.name}-${volume.name}` : undefined);
  return [{ ...stats, ...(claim ? { pvcRef: { name: claim, namespace: metadata.namespace ?? '' } } : {}) }];
}
