import type { KubeObject, Secret, Service } from '../kube/types.ts';
import type { Cluster, ClusterSpec, VirtualClusterPolicy } from './types.ts';

/** What runs in the pods of virtual clusters. */
export interface Images {
  /** Of k3v, whole: `registry.example/k3v:0.1.0`. */
  k3v: string;
  /** Of k3s, without a tag: `docker.io/rancher/k3s`. */
  k3s: string;
  /** Of etcd, whole: the database of a cluster with several servers in mode shared. */
  etcd: string;
  pullPolicy: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  /** Names of Secrets of the namespace of the cluster. */
  pullSecrets: readonly string[];
}

/** What there is of the host. */
export interface HostFacts {
  /** For example `v1.36.3`. */
  version: string;
  /** Comma-separated when dual-stack; undefined as long as it is not known. */
  serviceCidr: string | undefined;
  /** Ranges of pods of the host. Empty if nobody says. */
  podCidrs: readonly string[];
  /** One address for each node, by which clients reach its node ports; the oldest nodes first. */
  nodeAddresses: readonly string[];
}

/** All that the objects of one Cluster are worked out from. Nothing in it is ever changed. */
export interface ClusterContext {
  cluster: Cluster;
  /** As the Cluster says it, with what the policy of its namespace says in its place. */
  spec: ClusterSpec;
  /** The policy of its namespace; left out where there is none. */
  policy?: VirtualClusterPolicy;
  images: Images;
  host: HostFacts;
  /** The Service of the API server as it is on the host, which gives it an address and ports; undefined before it is made. */
  service: Service | undefined;
  /** The Secret that holds the token; undefined before it is made. */
  token: Secret | undefined;
  /** The Secret with the keys of the database that three servers share; undefined before it is made, and where there is none. */
  etcdKeys?: Secret | undefined;
  /** The Secret with the authorities of a cluster in mode virtual; undefined before it is made, and in mode shared. */
  authorities?: Secret | undefined;
  /** Secrets that the Cluster names (add-ons, authorities), by `namespace/name`; those that are not there are missing. */
  secrets: ReadonlyMap<string, Secret>;
}

/** Returns objects that are to be there for one Cluster, whole, in the order in which they are to be made. Pure: the same context gives the same objects. */
export type ObjectsOf = (context: ClusterContext) => KubeObject[];
