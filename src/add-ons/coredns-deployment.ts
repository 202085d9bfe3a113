import type { Deployment } from '../kube/types.ts';
import { customFolder } from './corefile.ts';

/** The label by which tools and network policies find cluster DNS. */
export const dnsLabels = { 'k8s-app': 'kube-dns' };

/** `nonroot` of the distroless image, by number: the kubelet cannot tell from a name that it is not root. */
const nonRoot = 65_532;

/** Returns the Deployment of CoreDNS. Its pods pass the Pod Security Standard `restricted`, which a host namespace may enforce. */
export function coreDnsDeployment({ image, replicas }: { image: string; replicas: number }): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system', labels: dnsLabels },
    spec: {
      replicas,
      selector: { matchLabels: dnsLabels },
      template: {
        metadata: { labels: dnsLabels },
        spec: {
          serviceAccountName: 'coredns',
          priorityClassName: 'system-cluster-critical',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          // Names of the outside come from the node's resolver; cluster DNS would be CoreDNS itself.
          dnsPolicy: 'Default',
          affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apart] } },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: nonRoot,
            runAsGroup: nonRoot,
            seccompProfile: { type: 'RuntimeDefault' },
            // Port 53 for a user without capabilities; of the sysctls that every Pod Security Standard allows.
            sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
          },
          containers: [container(image)],
          volumes: [
            { name: 'config', configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] } },
            { name: 'custom', configMap: { name: 'coredns-custom', optional: true } },
          ],
        },
      },
    },
  };
}

const apart = {
  weight: 100,
  podAffinityTerm: { labelSelector: { matchLabels: dnsLabels }, topologyKey: 'kubernetes.io/hostname' },
};

type Container = NonNullable<NonNullable<Deployment['spec']>['template']['spec']>['containers'][number];

function container(image: string): Container {
  return {
    name: 'coredns',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: [
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '170Mi' } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/coredns', readOnly: true },
      { name: 'custom', mountPath: customFolder, readOnly: true },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 2 },
    livenessProbe: { httpGet: { path: '/health', port: 8080 }, initialDelaySeconds: 30, failureThreshold: 5 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
