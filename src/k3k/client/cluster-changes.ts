import { K3vError } from '../../errors.ts';
import { mergePatchOf } from '../../kube/merge-patch.ts';
import type { Cluster } from '../types.ts';

/** What is to be changed: fields that are not there stay. */
export interface WantedChanges {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec: Record<string, unknown>;
}

/** A change of a Cluster. */
export interface ClusterChanges {
  /** A merge patch. */
  patch: object;
  /** A line for each field: `spec.version: v1.34 → v1.36`. */
  lines: string[];
}

/**
 * Returns how `cluster` becomes what is wanted; undefined if it is so already. Lists count as one value, and so does how it is exposed, but for annotations. Throws CLUSTER_REFUSED if
 * the version would go down.
 */
export function clusterChanges(
  cluster: Cluster,
  { labels, annotations, spec }: WantedChanges,
): ClusterChanges | undefined {
  requireNoDowngrade(cluster, spec['version']);
  const { metadata, spec: old } = cluster;
  const exposed = isFields(spec['expose']) ? { expose: { ...kept(old.expose?.annotations), ...spec['expose'] } } : {};
  const sync = isFields(spec['sync']) ? { sync: merged({ ...old.sync }, spec['sync']) } : {};
  const from = { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec: old };
  const to = {
    metadata: {
      labels: labels ? { ...metadata.labels, ...labels } : metadata.labels,
      annotations: annotations ? { ...metadata.annotations, ...annotations } : metadata.annotations,
    },
    spec: { ...old, ...spec, ...exposed, ...sync },
  };
  const patch = mergePatchOf(from, to);
  return patch && { patch, lines: linesOf(patch, from) };
}

function kept(annotations: Record<string, string> | undefined): object {
  return annotations ? { annotations } : {};
}

function merged(old: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  const fields = Object.entries(changes).map(([name, value]) => {
    const before = old[name];
    return [name, isFields(before) && isFields(value) ? { ...before, ...value } : value] as const;
  });
  return { ...old, ...Object.fromEntries(fields) };
}

function linesOf(patch: object, from: object, path = ''): string[] {
  return Object.entries(patch).flatMap(([name, value]: [string, unknown]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const before: unknown = Reflect.get(from, name);
    if (isFields(value)) {
      const inner = linesOf(value, isFields(before) ? before : {}, here);
      return inner.length > 0 ? inner : [`${here}: ${shown(before)} → {}`];
    }
    return [`${here}: ${shown(before)} → ${shown(value)}`];
  });
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function requireNoDowngrade({ spec, status, metadata }: Cluster, wanted: unknown): void {
  const current = status?.version ?? spec.version;
  if (typeof wanted !== 'string' || current === undefined || !isBelow(numbersOf(wanted), numbersOf(current))) return;
  throw new K3vError('CLUSTER_REFUSED', `cluster ${metadata.name} runs ${current}: ${wanted} is older`, {
    hint: 'Kubernetes does not go back: give a version that is not older, or make another cluster.',
  });
}

/** Returns the numbers of a version, as many as it has: of v1.36.3-k3s1 1, 36, 3 and 1. */
function numbersOf(version: string): number[] {
  return [...version.matchAll(/(?<!k)\d+/g)].map(([digits]) => Number(digits));
}

/** Whether `version` is older, as far as both say. */
function isBelow(version: number[], other: number[]): boolean {
  const index = version.findIndex((number, at) => other[at] !== undefined && number !== other[at]);
  return index >= 0 && (version[index] ?? 0) < (other[index] ?? 0);
}
