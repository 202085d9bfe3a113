import type { ClusterContext } from './cluster-context.ts';
import { namesOf } from './names.ts';

/** Ports of each member: for clients, for the other members, and for probes and metrics, which anybody may ask. */
export const etcdPorts = { client: 2379, peer: 2380, metrics: 2381 } as const;

/** Returns whether the cluster has a database of its own beside its servers: where there are several, in both modes. */
export function hasEtcd({ spec }: Pick<ClusterContext, 'spec'>): boolean {
  return spec.servers > 1;
}

/** One member of the database. */
export interface EtcdMember {
  /** Also that of its pod. */
  name: string;
  /** The name under which others find it. */
  host: string;
}

/** Returns the members of the database. Their names stay, whatever the addresses of their pods. */
export function etcdMembers({ cluster, spec }: Pick<ClusterContext, 'cluster' | 'spec'>): EtcdMember[] {
  const { name: clusterName, namespace = 'default' } = cluster.metadata;
  const { etcd } = namesOf(clusterName);
  return Array.from({ length: spec.servers }, (_, index) => {
    const name = `${etcd}-${index}`;
    return { name, host: `${name}.${etcd}.${namespace}.svc` };
  });
}
