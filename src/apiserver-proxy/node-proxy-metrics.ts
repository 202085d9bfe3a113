import type { PodStats, Summary } from './node-proxy-summary.ts';

interface Sample {
  labels?: Record<string, string>;
  value: number;
  /** When the figure was taken (RFC 3339). */
  time?: string | undefined;
}

const nanosecondsPerSecond = 1e9;

/** Returns a kubelet's `/metrics/resource` for `summary`: the same metrics as its resource_metrics.go, but for swap. */
export function resourceMetrics({ node, pods }: Summary): string {
  const containers = pods.flatMap((pod) =>
    (pod.containers ?? []).map((stats) => ({ stats, labels: { container: stats.name, ...labelsOf(pod) } })),
  );
  const started = containers.flatMap(({ stats, labels }) => {
    const value = Date.parse(stats.startTime ?? '') / 1000;
    return value > 0 ? [{ labels, value }] : [];
  });
  const failed = node.cpu === undefined ? 1 : 0;
  return [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      containers.flatMap(({ stats, labels }) => cpuSample(stats, labels)),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set of the container in bytes',
      containers.flatMap(({ stats, labels }) => memorySample(stats, labels)),
    ),
    family('container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds', started),
    family(
      'node_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the node in core-seconds',
      cpuSample(node, {}),
    ),
    family(
      'node_memory_working_set_bytes',
      'gauge',
      'Current working set of the node in bytes',
      memorySample(node, {}),
    ),
    family(
      'pod_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the pod in core-seconds',
      pods.flatMap((pod) => cpuSample(pod, labelsOf(pod))),
    ),
    family(
      'pod_memory_working_set_bytes',
      'gauge',
      'Current working set of the pod in bytes',
      pods.flatMap((pod) => memorySample(pod, labelsOf(pod))),
    ),
    family('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', [
      { value: failed },
    ]),
  ].join('');
}

const volumeFigures = [
  ['capacity_bytes', 'capacityBytes', 'Capacity in bytes of the volume'],
  ['available_bytes', 'availableBytes', 'Number of available bytes in the volume'],
  ['used_bytes', 'usedBytes', 'Number of used bytes in the volume'],
  ['inodes', 'inodes', 'Maximum number of inodes in the volume'],
  ['inodes_free', 'inodesFree', 'Number of free inodes in the volume'],
  ['inodes_used', 'inodesUsed', 'Number of used inodes in the volume'],
] as const;

/** Returns of a kubelet's `/metrics` what is about the tenant's pods: how many run, and its claims. What is left is about the host. */
export function kubeletMetrics({ pods }: Summary): string {
  const volumes = pods.flatMap((pod) => (pod.volume ?? []).filter(({ pvcRef }) => pvcRef));
  const running = pods.reduce((sum, pod) => sum + (pod.containers ?? []).length, 0);
  return [
    family('kubelet_running_containers', 'gauge', 'Number of containers currently running', [
      { labels: { container_state: 'running' }, value: running },
    ]),
    family('kubelet_running_pods', 'gauge', 'Number of pods that have a running pod sandbox', [{ value: pods.length }]),
    ...volumeFigures.map(([name, field, help]) =>
      family(
        `kubelet_volume_stats_${name}`,
        'gauge',
        help,
        volumes.flatMap((volume) => {
          const { name: claim = '', namespace = '' } = volume.pvcRef ?? {};
          const value = volume[field];
          return value === undefined ? [] : [{ labels: { namespace, persistentvolumeclaim: claim }, value }];
        }),
      ),
    ),
  ].join('');
}

function labelsOf({ podRef: { namespace, name } }: PodStats): Record<string, string> {
  return { namespace, pod: name };
}

function cpuSample(
  { cpu }: { cpu?: { time?: string; usageCoreNanoSeconds?: number } },
  labels: Record<string, string>,
): Sample[] {
  if (cpu?.usageCoreNanoSeconds === undefined) return [];
  return [{ labels, value: cpu.usageCoreNanoSeconds / nanosecondsPerSecond, time: cpu.time }];
}

function memorySample(
  { memory }: { memory?: { time?: string; workingSetBytes?: number } },
  labels: Record<string, string>,
): Sample[] {
  return memory?.workingSetBytes === undefined ? [] : [{ labels, value: memory.workingSetBytes, time: memory.time }];
}

/** The text format: https://prometheus.io/docs/instrumenting/exposition_formats/. A family without samples is left out. */
function family(name: string, type: 'counter' | 'gauge', help: string, samples: Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels = {}, value, time }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
    const at = Date.parse(time ?? '');
    const suffix = Number.isNaN(at) ? '' : ` ${at}`;
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}${suffix}\n`;
  });
  return `# HELP ${name} [STABLE] ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
