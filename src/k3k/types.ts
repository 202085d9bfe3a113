import type {
  V1Affinity,
  V1Condition,
  V1EnvVar,
  V1KeyToPath,
  V1LimitRangeSpec,
  V1PodSecurityContext,
  V1ResourceQuotaSpec,
  V1ResourceRequirements,
  V1SecurityContext,
} from '@kubernetes/client-node';
import type { Json, KubeObject, Resource } from '../kube/types.ts';

/** How a virtual cluster runs its pods: as pods of the host, or inside of k3s servers and agents. */
export type Mode = 'shared' | 'virtual';

/** Switches one kind; see `spec.sync` of the CRD. */
export interface SyncSwitch {
  enabled?: boolean;
}

export interface SyncSpec {
  ingresses?: SyncSwitch;
  priorityClasses?: SyncSwitch;
  storageClasses?: SyncSwitch;
}

/** How the pods of a virtual cluster itself run. */
export interface PodSpecFields {
  podSecurityContext?: Json<V1PodSecurityContext>;
  securityContext?: Json<V1SecurityContext>;
  runtimeClassName?: string;
  hostUsers?: boolean;
}

export interface SecretMount {
  secretName: string;
  name: string;
  mountPath: string;
  subPath?: string;
  defaultMode?: number;
  optional?: boolean;
  items?: Json<V1KeyToPath>[];
  role: 'server' | 'agent' | 'all';
}

export interface Expose {
  ingress?: { annotations?: Record<string, string>; ingressClassName?: string };
  loadBalancer?: { serverPort?: number };
  nodePort?: { serverPort?: number };
  annotations?: Record<string, string>;
}

/** What a Cluster may give authorities and keys of its own for; see `spec.customCAs` of the CRD. */
export type AuthoritySource =
  | 'serverCA'
  | 'clientCA'
  | 'requestHeaderCA'
  | 'etcdServerCA'
  | 'etcdPeerCA'
  | 'serviceAccountToken';

/** As the API server gives it: with the defaults of the CRD, which says what each field means (`kubectl explain clusters.k3k.io`). */
export interface ClusterSpec extends PodSpecFields {
  version?: string;
  mode: Mode;
  servers: number;
  agents: number;
  clusterCIDR?: string;
  serviceCIDR?: string;
  clusterDNS?: string;
  persistence: { type: 'dynamic' | 'ephemeral'; storageClassName?: string; storageRequestSize?: string };
  expose?: Expose;
  nodeSelector?: Record<string, string>;
  priorityClass?: string;
  tokenSecretRef?: { name?: string; namespace?: string };
  tlsSANs?: string[];
  serverArgs?: string[];
  agentArgs?: string[];
  serverEnvs?: Json<V1EnvVar>[];
  agentEnvs?: Json<V1EnvVar>[];
  addons?: { secretNamespace?: string; secretRef: string }[];
  serverLimit?: Record<string, string>;
  workerLimit?: Record<string, string>;
  serverResources?: Json<V1ResourceRequirements>;
  workerResources?: Json<V1ResourceRequirements>;
  serverAffinity?: Json<V1Affinity>;
  agentAffinity?: Json<V1Affinity>;
  mirrorHostNodes?: boolean;
  customCAs?: { enabled?: boolean; sources?: Partial<Record<AuthoritySource, { secretName: string }>> };
  sync?: SyncSpec;
  secretMounts?: SecretMount[];
}

/** What a policy says of a cluster in its namespaces: it wins over the cluster's own. */
export interface AppliedPolicy extends PodSpecFields {
  name: string;
  priorityClass?: string;
  nodeSelector?: Record<string, string>;
  serverAffinity?: Json<V1Affinity>;
  agentAffinity?: Json<V1Affinity>;
  sync?: SyncSpec;
}

export type Phase = 'Pending' | 'Provisioning' | 'Ready' | 'Failed' | 'Terminating' | 'Unknown';

export type Condition = Json<V1Condition>;

export interface ClusterStatus {
  observedGeneration?: number;
  phase?: Phase;
  hostVersion?: string;
  version?: string;
  endpoint?: string;
  clusterCIDR?: string;
  serviceCIDR?: string;
  clusterDNS?: string;
  tlsSANs?: string[];
  policyName?: string;
  policy?: AppliedPolicy;
  conditions?: Condition[];
}

/** A virtual cluster, in the namespace of this object. */
export interface Cluster extends KubeObject {
  spec: ClusterSpec;
  status?: ClusterStatus;
}

export interface PolicySpec extends PodSpecFields {
  quota?: Json<V1ResourceQuotaSpec>;
  limit?: Json<V1LimitRangeSpec>;
  allowedMode: Mode;
  defaultNodeSelector?: Record<string, string>;
  defaultPriorityClass?: string;
  defaultServerAffinity?: Json<V1Affinity>;
  defaultAgentAffinity?: Json<V1Affinity>;
  disableNetworkPolicy?: boolean;
  podSecurityAdmissionLevel?: 'privileged' | 'baseline' | 'restricted';
  sync?: SyncSpec;
}

export interface PolicyStatus {
  observedGeneration?: number;
  lastUpdateTime?: string;
  summary?: string;
  conditions?: Condition[];
}

/** Rules for all clusters of the namespaces with the label `policy.k3k.io/policy-name`. */
export interface VirtualClusterPolicy extends KubeObject {
  spec: PolicySpec;
  status?: PolicyStatus;
}

/** The resources of the chart's CRDs. */
export const k3kResources = {
  clusters: { group: 'k3k.io', version: 'v1beta1', plural: 'clusters', kind: 'Cluster', namespaced: true },
  policies: {
    group: 'k3k.io',
    version: 'v1beta1',
    plural: 'virtualclusterpolicies',
    kind: 'VirtualClusterPolicy',
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;
