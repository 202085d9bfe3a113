import type { ShownAs } from '../../cli/host-command.ts';
import { type Cluster, k3kResources } from '../types.ts';
import { isPaused, standingOf, standingWords } from './cluster-standing.ts';
import { type Columns, ageOf, showObject, showObjects, singular, titledLines } from './show-objects.ts';

/** Returns a list of clusters as it is asked for. */
export function showClusters(clusters: readonly Cluster[], as: ShownAs, nowMs: number): string {
  const columns: Columns<Cluster> = [
    ['NAMESPACE', ({ metadata }) => metadata.namespace],
    ['NAME', ({ metadata }) => metadata.name],
    ['MODE', ({ spec }) => spec.mode],
    ['STATUS', (cluster) => (isPaused(cluster) ? 'Paused' : standingOf(cluster).phase)],
    ['POLICY', ({ status }) => status?.policyName],
    ['VERSION', ({ status, spec }) => status?.version ?? spec.version],
    ['AGE', (cluster) => ageOf(cluster, nowMs)],
  ];
  const wide: Columns<Cluster> = [
    ['SERVERS', ({ spec }) => String(spec.servers)],
    ['AGENTS', ({ spec }) => (spec.mode === 'virtual' ? String(spec.agents) : undefined)],
    ['ENDPOINT', ({ status }) => status?.endpoint],
    ['MESSAGE', (cluster) => standingOf(cluster).message],
  ];
  return showObjects(clusters, as, { resource: k3kResources.clusters, columns, wide, none: 'no clusters' });
}

/** Returns one cluster as it is asked for; as text a line for each thing that is to be said of it. */
export function showCluster(cluster: Cluster, as: ShownAs, nowMs: number): string {
  const { metadata, spec, status } = cluster;
  if (as === 'json' || as === 'yaml') return showObject(cluster, as);
  if (as === 'name') return `${singular(k3kResources.clusters)}/${metadata.name}\n`;
  const { nodePort, loadBalancer, ingress } = spec.expose ?? {};
  const exposed = nodePort
    ? 'NodePort'
    : loadBalancer
      ? 'LoadBalancer'
      : ingress
        ? 'Ingress'
        : 'not outside of the host';
  const { type, storageClassName, storageRequestSize } = spec.persistence;
  const volumes = `dynamic, ${storageRequestSize ?? ''} of ${storageClassName ?? 'the default class'}`;
  const rows: [string, string | undefined][] = [
    ['name', metadata.name],
    ['namespace', metadata.namespace],
    ['status', isPaused(cluster) ? 'Paused' : standingWords(cluster)],
    ['mode', spec.mode],
    ['servers', String(spec.servers)],
    ['agents', spec.mode === 'virtual' ? String(spec.agents) : undefined],
    ['version', status?.version ?? spec.version],
    ['policy', status?.policyName],
    ['data', type === 'ephemeral' ? 'ephemeral' : volumes],
    ['exposed', exposed],
    ['endpoint', status?.endpoint],
    ['age', ageOf(cluster, nowMs)],
    ...(as === 'wide'
      ? [
          ['names', status?.tlsSANs?.join(', ')] as [string, string | undefined],
          ...(status?.conditions ?? []).map(({ type: kind, status: is, reason, message }): [string, string] => [
            kind,
            `${is}, ${reason}${message ? `: ${message}` : ''}`,
          ]),
        ]
      : []),
  ];
  return titledLines(rows);
}
