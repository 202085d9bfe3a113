import type {
  CoreV1Event,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Deployment,
  V1Endpoints,
  V1EndpointSlice,
  V1Ingress,
  V1Lease,
  V1LimitRange,
  V1Namespace,
  V1NetworkPolicy,
  V1Node,
  V1ObjectMeta,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1PriorityClass,
  V1ResourceQuota,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V1StorageClass,
  V1beta1ClusterTrustBundle,
} from '@kubernetes/client-node';

/** `T` as it stands in JSON: dates are RFC 3339 strings, optional fields may also be `undefined`; what client-node calls `_from` is `from`. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? {
          [K in keyof T as K extends `_${infer Name}` ? Name : K]: undefined extends T[K]
            ? Json<T[K]> | undefined
            : Json<T[K]>;
        }
      : T;

/** Metadata of an object that has a name. */
export type ObjectMeta = Json<Omit<V1ObjectMeta, 'name'>> & { name: string };

/** Any Kubernetes object, of a built-in kind or of a custom resource. */
export interface KubeObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata: ObjectMeta;
}

type Kind<T> = Json<Omit<T, 'metadata'>> & { metadata: ObjectMeta };
export type ClusterRole = Kind<V1ClusterRole>;
export type ClusterRoleBinding = Kind<V1ClusterRoleBinding>;
export type ClusterTrustBundle = Kind<V1beta1ClusterTrustBundle>;
export type ConfigMap = Kind<V1ConfigMap>;
export type Deployment = Kind<V1Deployment>;
export type Endpoints = Kind<V1Endpoints>;
export type EndpointSlice = Kind<V1EndpointSlice>;
/** A core/v1 Event, which an API server also gives of those that were written as events.k8s.io/v1. */
export type KubeEvent = Kind<CoreV1Event>;
export type Ingress = Kind<V1Ingress>;
export type Lease = Kind<V1Lease>;
export type LimitRange = Kind<V1LimitRange>;
export type Namespace = Kind<V1Namespace>;
export type NetworkPolicy = Kind<V1NetworkPolicy>;
export type Node = Kind<V1Node>;
export type PersistentVolume = Kind<V1PersistentVolume>;
export type PersistentVolumeClaim = Kind<V1PersistentVolumeClaim>;
export type Pod = Kind<V1Pod>;
export type PodDisruptionBudget = Kind<V1PodDisruptionBudget>;
export type PriorityClass = Kind<V1PriorityClass>;
export type ResourceQuota = Kind<V1ResourceQuota>;
export type Role = Kind<V1Role>;
export type RoleBinding = Kind<V1RoleBinding>;
export type Secret = Kind<V1Secret>;
export type Service = Kind<V1Service>;
export type ServiceAccount = Kind<V1ServiceAccount>;
export type StatefulSet = Kind<V1StatefulSet>;
export type StorageClass = Kind<V1StorageClass>;

/** Where a kind lives in the API: `/api/v1/…` for the empty group, else `/apis/<group>/<version>/…`. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Amounts by the names of resources (`cpu`, `memory`), as quantities. */
export type ResourceUsage = Record<string, string>;

/** What a pod used during `window` (`15.2s`) before `timestamp`: metrics.k8s.io/v1beta1. */
export interface PodMetrics extends KubeObject {
  timestamp: string;
  window: string;
  containers: { name: string; usage: ResourceUsage }[];
}

/** What a node used, as `PodMetrics`. */
export interface NodeMetrics extends KubeObject {
  timestamp: string;
  window: string;
  usage: ResourceUsage;
}

/** The resources that k3v reads or writes. */
export const resources = {
  apiServices: {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    plural: 'apiservices',
    kind: 'APIService',
    namespaced: false,
  },
  clusterRoles: rbac('clusterroles', 'ClusterRole'),
  clusterRoleBindings: rbac('clusterrolebindings', 'ClusterRoleBinding'),
  clusterTrustBundles: {
    group: 'certificates.k8s.io',
    version: 'v1beta1',
    plural: 'clustertrustbundles',
    kind: 'ClusterTrustBundle',
    namespaced: false,
  },
  configMaps: core('configmaps', 'ConfigMap'),
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
  deployments: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  endpoints: core('endpoints', 'Endpoints'),
  endpointSlices: {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    namespaced: true,
  },
  events: core('events', 'Event'),
  ingresses: networking('ingresses', 'Ingress'),
  ingressClasses: networking('ingressclasses', 'IngressClass', false),
  ipAddresses: networking('ipaddresses', 'IPAddress', false),
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true },
  limitRanges: core('limitranges', 'LimitRange'),
  namespaces: core('namespaces', 'Namespace', false),
  nodeMetrics: metrics('nodes', 'NodeMetrics', false),
  networkPolicies: networking('networkpolicies', 'NetworkPolicy'),
  nodes: core('nodes', 'Node', false),
  persistentVolumes: core('persistentvolumes', 'PersistentVolume', false),
  persistentVolumeClaims: core('persistentvolumeclaims', 'PersistentVolumeClaim'),
  podMetrics: metrics('pods', 'PodMetrics', true),
  pods: core('pods', 'Pod'),
  podDisruptionBudgets: {
    group: 'policy',
    version: 'v1',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    namespaced: true,
  },
  priorityClasses: {
    group: 'scheduling.k8s.io',
    version: 'v1',
    plural: 'priorityclasses',
    kind: 'PriorityClass',
    namespaced: false,
  },
  resourceQuotas: core('resourcequotas', 'ResourceQuota'),
  roles: rbac('roles', 'Role', true),
  roleBindings: rbac('rolebindings', 'RoleBinding', true),
  secrets: core('secrets', 'Secret'),
  serviceAccounts: core('serviceaccounts', 'ServiceAccount'),
  services: core('services', 'Service'),
  statefulSets: { group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet', namespaced: true },
  storageClasses: {
    group: 'storage.k8s.io',
    version: 'v1',
    plural: 'storageclasses',
    kind: 'StorageClass',
    namespaced: false,
  },
  mutatingWebhookConfigurations: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

function core(plural: string, kind: string, namespaced = true): Resource {
  return { group: '', version: 'v1', plural, kind, namespaced };
}

function networking(plural: string, kind: string, namespaced = true): Resource {
  return { group: 'networking.k8s.io', version: 'v1', plural, kind, namespaced };
}

function metrics(plural: string, kind: string, namespaced: boolean): Resource {
  return { group: 'metrics.k8s.io', version: 'v1beta1', plural, kind, namespaced };
}

function rbac(plural: string, kind: string, namespaced = false): Resource {
  return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced };
}

/** Returns the `apiVersion` of `resource`: `v1` or `<group>/<version>`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Returns `namespace/name`, or `name` alone for a cluster-scoped object: the key of caches and work queues. */
export function keyOf(object: KubeObject): string {
  return joinKey(object.metadata.namespace ?? '', object.metadata.name);
}

/** Returns the key of the object `name` in `namespace`; an empty namespace stands for cluster scope. */
export function joinKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Returns the namespace (empty for cluster scope) and the name in `key`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
