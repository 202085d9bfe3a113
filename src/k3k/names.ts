/** Labels, finalizers and names that K3K's users know; their manifests and scripts rely on them. */

/** Label of everything that was made for a Cluster, also of what is cluster-scoped; its value is the name of the Cluster. */
export const clusterLabel = 'k3k.io/cluster';
/** Label of what is cluster-scoped and was made for a Cluster: the namespace of that Cluster. */
export const clusterNamespaceLabel = 'k3k.io/cluster-namespace';
/** Labels that K3K gives its pods, for scripts that look for them: the name of the Cluster; `server` or `agent`; the mode. */
export const podLabels = { cluster: 'cluster', role: 'role', mode: 'type' } as const;
/** Holds a Cluster until everything of it is gone. */
export const clusterFinalizer = 'cluster.k3k.io/finalizer';
/** Holds a policy until it is undone in all of its namespaces. */
export const policyFinalizer = 'policy.k3k.io/finalizer';
/** Label of a namespace, for whose clusters the policy of that name holds. */
export const policyLabel = 'policy.k3k.io/policy-name';
/** Label of what was made for a policy; its value is the name of the policy. */
export const policyManagedLabel = 'policy.k3k.io/managed-by-policy';
/** Label of a namespace that was made for one Cluster, and goes with it; its value is the name of the Cluster. */
export const namespaceOfLabel = 'k3k.io/namespace-of';
/** Annotation of a Cluster: with `true` its servers and agents do not run; all else stays. */
export const pausedAnnotation = 'k3k.io/paused';
/** Annotation of a Cluster: with `true` its volumes stay when it is deleted, and so does a namespace that was made for it. */
export const keepDataAnnotation = 'k3k.io/keep-data';
/** Annotation of everything that was made for a Cluster: a hash of what was asked of it, so that what no longer is asked is taken away. */
export const contentAnnotation = 'k3k.io/content';
/** Who writes, for the API server's record of who owns which field. */
export const fieldManager = 'k3k-controller';

/** Names of what is made for the Cluster `name`. */
export const namesOf = (name: string) => ({
  /** StatefulSet of the servers; also its ServiceAccount, Role and RoleBinding. */
  server: `k3k-${name}-server`,
  /** Service without an address, which gives each server pod a name. */
  serverHeadless: `k3k-${name}-server-headless`,
  /** Deployment of the agents, in mode virtual. */
  agent: `k3k-${name}-agent`,
  /** Service of the API server. */
  service: `k3k-${name}-service`,
  ingress: `k3k-${name}-ingress`,
  /** Secret that holds the token that servers and agents join with. */
  token: `k3k-${name}-token`,
  /** Secret with the tenant's kubeconfig, under the key `kubeconfig.yaml`. */
  kubeconfig: `k3k-${name}-kubeconfig`,
  /** StatefulSet of the database that several servers share, and its Service. */
  etcd: `k3k-${name}-etcd`,
  /** Secret with the keys of that database and of its clients. */
  etcdKeys: `k3k-${name}-etcd-keys`,
  /** Secrets with the settings of k3s, in mode virtual. */
  serverConfig: `k3k-${name}-server-config`,
  agentConfig: `k3k-${name}-agent-config`,
  /** Secret with the authorities of a cluster in mode virtual. */
  authorities: `k3k-${name}-ca`,
});
