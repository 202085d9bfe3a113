/** A right on one kind that a part of k3v asks of a cluster. */
export interface ResourceRight {
  group: string;
  plural: string;
  /** All that it takes to keep objects alike, or to watch them; or `list` or `get` alone. */
  verbs: 'write' | 'read' | 'list' | 'get';
  /** Of one object only. */
  name?: string;
  /** In all of the cluster (a ClusterRole), or in one namespace. */
  clusterWide: boolean;
  /** Whether that part cannot do without. */
  needed: boolean;
}
