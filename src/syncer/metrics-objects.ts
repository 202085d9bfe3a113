import {
  type ClusterRole,
  type EndpointSlice,
  type KubeObject,
  type Resource,
  type Service,
  joinKey,
  resources,
} from '../kube/types.ts';
import { metricsService } from '../translate/metrics-service.ts';
import type { MirrorDefinition } from './define-mirror.ts';
import { fixedObjectMirror } from './kinds/fixed-object.ts';

const { namespace, name, ip, port, portName } = metricsService;
const { group, version } = resources.podMetrics;
const apiServiceName = `${version}.${group}`;
const readerName = 'system:aggregated-metrics-reader';

/**
 * Returns what registers `metrics.k8s.io` with the virtual API server and lets the roles view, edit and admin read it, as metrics-server's
 * manifests do. Without `metrics`, removes it.
 */
// Definitions of different kinds stand in one list; each is only ever given objects of its own kind.
// oxlint-disable-next-line typescript/no-explicit-any
export function metricsMirrors(metrics: { caPem: string } | undefined): MirrorDefinition<any>[] {
  const kept = <T extends KubeObject>(resource: Resource, key: string, object: T) =>
    fixedObjectMirror(resource, key, metrics && object);
  return [
    kept(resources.services, joinKey(namespace, name), service),
    kept(resources.endpointSlices, joinKey(namespace, name), endpoints),
    kept(resources.clusterRoles, readerName, reader),
    kept(resources.apiServices, apiServiceName, apiService(metrics?.caPem ?? '')),
  ];
}

/** Headless: only its endpoints are ever dialled, and it takes no address from the host. */
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: {
    type: 'ClusterIP',
    clusterIP: 'None',
    ports: [{ name: portName, port, protocol: 'TCP', targetPort: port }],
  },
};

const endpoints: EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name,
    namespace,
    labels: { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': 'k3v.io' },
  },
  addressType: 'IPv4',
  endpoints: [{ addresses: [ip], conditions: { ready: true } }],
  ports: [{ name: portName, port, protocol: 'TCP' }],
};

const reader: ClusterRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name: readerName,
    labels: Object.fromEntries(
      ['view', 'edit', 'admin'].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']),
    ),
  },
  rules: [{ apiGroups: [group], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
};

function apiService(caPem: string): KubeObject & { spec: object } {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: apiServiceName },
    spec: {
      group,
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      caBundle: Buffer.from(caPem).toString('base64'),
      service: { namespace, name, port },
    },
  };
}
