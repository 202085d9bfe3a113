import {
  type ClusterRole,
  type ClusterRoleBinding,
  type ConfigMap,
  type KubeObject,
  type Service,
  resources,
} from '../kube/types.ts';
import type { AddOn } from './add-on.ts';
import { coreDnsDeployment, dnsLabels } from './coredns-deployment.ts';
import { corefile } from './corefile.ts';

const namespace = 'kube-system';
const roleName = 'system:coredns';

/** Returns cluster DNS: CoreDNS behind the Service `kube-system/kube-dns`. */
export function coreDnsAddOn({
  image,
  replicas,
  clusterDomain,
}: {
  image: string;
  replicas: number;
  clusterDomain: string;
}): AddOn {
  const core = { resource: resources.services, object: service };
  const configMap: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'coredns', namespace },
    data: { Corefile: corefile(clusterDomain) },
  };
  return {
    name: 'coredns',
    core,
    objects: [
      core,
      { resource: resources.serviceAccounts, object: serviceAccount },
      { resource: resources.clusterRoles, object: role },
      { resource: resources.clusterRoleBindings, object: binding },
      { resource: resources.configMaps, object: configMap, editable: true },
      { resource: resources.deployments, object: coreDnsDeployment({ image, replicas }) },
    ],
  };
}

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kube-dns',
    namespace,
    labels: { ...dnsLabels, 'kubernetes.io/name': 'CoreDNS' },
    annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
  },
  spec: {
    selector: dnsLabels,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
    ],
  },
};

const serviceAccount: KubeObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'coredns', namespace },
};

const role: ClusterRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: roleName },
  rules: [
    { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ],
};

const binding: ClusterRoleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: roleName },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
  subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace }],
};
