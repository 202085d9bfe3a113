import type {
  V1Affinity,
  V1PodSecurityContext,
  V1PodSpec,
  V1ResourceRequirements,
  V1SecurityContext,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import type { Json } from '../../kube/types.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { podLabels } from '../names.ts';
import type { ClusterSpec } from '../types.ts';
import { clusterLabels } from './owned.ts';

/** A spec of pods that a StatefulSet or a Deployment makes. */
export type PodSpec = Json<V1PodSpec>;
export type Volume = Json<V1Volume>;
export type VolumeMount = Json<V1VolumeMount>;

/** What a pod of a virtual cluster is for. */
export type PodRole = 'server' | 'agent' | 'etcd';

/** The user of the image of k3v, and of what else runs without root. */
const user = 65_532;

/** Of pods that keep the Pod Security Standard `restricted`. */
const restrictedPod: Json<V1PodSecurityContext> = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};
export const restrictedContainer: Json<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Returns the labels of the pods with that role, which also select them. */
export function podLabelsOf({ cluster, spec }: ClusterContext, role: PodRole): Record<string, string> {
  const { name } = cluster.metadata;
  return {
    ...clusterLabels(cluster),
    [podLabels.cluster]: name,
    [podLabels.role]: role,
    [podLabels.mode]: spec.mode,
  };
}

/** Returns where and how the pods with that role run: what the Cluster and its policy say of all pods of the virtual cluster itself. */
export function placementOf({ spec, images }: ClusterContext, role: PodRole): Partial<PodSpec> {
  const affinity: Json<V1Affinity> | undefined = role === 'agent' ? spec.agentAffinity : spec.serverAffinity;
  return {
    ...(affinity && role !== 'etcd' ? { affinity } : {}),
    ...(spec.nodeSelector ? { nodeSelector: spec.nodeSelector } : {}),
    ...(spec.priorityClass ? { priorityClassName: spec.priorityClass } : {}),
    ...(spec.runtimeClassName ? { runtimeClassName: spec.runtimeClassName } : {}),
    ...(spec.hostUsers === undefined ? {} : { hostUsers: spec.hostUsers }),
    ...(images.pullSecrets.length > 0 ? { imagePullSecrets: images.pullSecrets.map((name) => ({ name })) } : {}),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
  };
}

/** Returns the security contexts of pods that need no root, unless the Cluster has others. */
export function restrictedContexts({ podSecurityContext, securityContext }: ClusterSpec) {
  return { pod: podSecurityContext ?? restrictedPod, container: securityContext ?? restrictedContainer };
}

/** Returns the resources of a container: those of the Cluster for the role, of which whole ones win over limits; `fallback` if it says none. */
export function resourcesOf({ spec }: ClusterContext, role: PodRole, fallback: Json<V1ResourceRequirements> = {}) {
  const [whole, limits] =
    role === 'agent' ? [spec.workerResources, spec.workerLimit] : [spec.serverResources, spec.serverLimit];
  return whole ?? (limits ? { limits } : fallback);
}

/** Prefer that no two pods with these labels are on one node. */
export function spread(labels: Record<string, string>): Json<V1Affinity> {
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } };
  return {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] },
  };
}
