import type { ClusterContext } from '../../src/k3k/cluster-context.ts';
import { mergePolicy } from '../../src/k3k/merge-policy.ts';
import type { Cluster, ClusterSpec, ClusterStatus, VirtualClusterPolicy } from '../../src/k3k/types.ts';
import type { Service } from '../../src/kube/types.ts';

/** The Service of the API server of the Cluster `dev`, with its address. */
export const devService: Service = {
  metadata: { name: 'k3k-dev-service', namespace: 'team' },
  spec: { clusterIPs: ['10.96.0.7'], ports: [{ name: 'https', port: 443, nodePort: 30_443 }] },
};

/** Returns the context of the Cluster `dev` in the namespace `team`: of mode shared with one server, with what is given in its place. */
export function devContext({
  spec = {},
  status,
  annotations,
  policy,
  ...others
}: {
  spec?: Partial<ClusterSpec>;
  status?: ClusterStatus;
  annotations?: Record<string, string>;
  policy?: VirtualClusterPolicy;
} & Partial<Pick<ClusterContext, 'host' | 'service' | 'token' | 'secrets'>> = {}): ClusterContext {
  const cluster: Cluster = {
    apiVersion: 'k3k.io/v1beta1',
    kind: 'Cluster',
    metadata: { name: 'dev', namespace: 'team', uid: 'u1', generation: 1, ...(annotations ? { annotations } : {}) },
    spec: {
      mode: 'shared',
      servers: 1,
      agents: 0,
      persistence: { type: 'dynamic', storageRequestSize: '2G' },
      ...spec,
    },
    ...(status ? { status } : {}),
  };
  return {
    cluster,
    spec: mergePolicy(cluster.spec, policy),
    ...(policy ? { policy } : {}),
    images: {
      k3v: 'registry.example/k3v:1',
      k3s: 'registry.example/k3s',
      etcd: 'registry.example/etcd:1',
      pullPolicy: undefined,
      pullSecrets: [],
    },
    host: { version: 'v1.36.3', serviceCidr: '10.96.0.0/16', podCidrs: ['10.244.0.0/16'], nodeAddresses: [] },
    service: devService,
    token: undefined,
    secrets: new Map(),
    ...others,
  };
}
