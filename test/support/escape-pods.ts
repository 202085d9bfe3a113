import type { Pod } from '../../src/kube/types.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];

/** A pod by which a tenant would get at the node, or at others there. */
interface PodAttempt {
  name: string;
  spec?: Partial<Spec>;
  container?: Partial<Container>;
  annotations?: Record<string, string>;
  /** What the tenant is told. */
  told: string;
}

const volume = (source: object): Partial<Spec> => ({ volumes: [{ name: 'v', ...source }] });
const inContext = (securityContext: Container['securityContext']) => ({ securityContext });
const privileged = { name: 'x', image: 'app', securityContext: { privileged: true } };

/** Names are those of the pods. */
export const escapePods: PodAttempt[] = [
  { name: 'privileged', container: inContext({ privileged: true }), told: 'container "main" is privileged' },
  { name: 'privileged-init', spec: { initContainers: [privileged] }, told: 'container "x" is privileged' },
  { name: 'root-of-node', spec: volume({ hostPath: { path: '/' } }), told: 'volume "v" is a hostPath' },
  {
    name: 'subpath-of-node',
    spec: volume({ hostPath: { path: '/var/lib/kubelet', type: 'Directory' } }),
    container: { volumeMounts: [{ name: 'v', mountPath: '/m', subPath: 'link-to-root' }] },
    told: 'volume "v" is a hostPath',
  },
  {
    name: 'runtime-socket',
    spec: volume({ hostPath: { path: '/run/containerd/containerd.sock', type: 'Socket' } }),
    told: 'volume "v" is a hostPath',
  },
  { name: 'network-of-node', spec: { hostNetwork: true }, told: 'the pod sets hostNetwork' },
  { name: 'processes-of-node', spec: { hostPID: true }, told: 'the pod sets hostPID' },
  { name: 'ipc-of-node', spec: { hostIPC: true }, told: 'the pod sets hostIPC' },
  {
    name: 'port-of-node',
    container: { ports: [{ containerPort: 10_250, hostPort: 10_250 }] },
    told: 'container "main" takes the host port 10250',
  },
  {
    name: 'capability',
    container: inContext({ capabilities: { add: ['SYS_PTRACE'] } }),
    told: 'container "main" adds the capability SYS_PTRACE',
  },
  {
    name: 'all-capabilities',
    container: inContext({ capabilities: { add: ['ALL'] } }),
    told: 'container "main" adds the capability ALL',
  },
  {
    name: 'sysctl',
    spec: { securityContext: { sysctls: [{ name: 'kernel.core_pattern', value: '|/x' }] } },
    told: 'the pod sets the sysctl kernel.core_pattern',
  },
  {
    name: 'seccomp',
    spec: { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    told: 'pod has the seccomp profile Unconfined',
  },
  {
    name: 'apparmor',
    annotations: { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' },
    told: 'has the AppArmor profile Unconfined',
  },
  {
    name: 'selinux',
    container: inContext({ seLinuxOptions: { type: 'spc_t' } }),
    told: 'container "main" has the SELinux type spc_t',
  },
  {
    name: 'probe-of-metadata',
    container: { livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } },
    told: 'container "main" lets the node call "169.254.169.254"',
  },
  {
    name: 'hook-to-kubelet',
    container: { lifecycle: { postStart: { httpGet: { host: '127.0.0.1', port: 10_255 } } } },
    told: 'container "main" lets the node call "127.0.0.1"',
  },
  {
    name: 'csi-of-node',
    spec: volume({ csi: { driver: 'hostpath.csi.k8s.io' } }),
    told: 'volume "v" is of the kind csi',
  },
  {
    name: 'device',
    spec: volume({ iscsi: { targetPortal: '10.0.0.1:3260', iqn: 'iqn.2001-04.com.example:a', lun: 0 } }),
    told: 'volume "v" is of the kind iscsi',
  },
  { name: 'flex', spec: volume({ flexVolume: { driver: 'x/y' } }), told: 'volume "v" is of the kind flexVolume' },
  {
    name: 'git',
    spec: volume({ gitRepo: { repository: 'https://git.example/x' } }),
    told: 'volume "v" is of the kind gitRepo',
  },
  { name: 'foreign-node', spec: { nodeName: 'control-plane' }, told: 'node "control-plane" is not of this cluster' },
];

/** Returns the pod that an attempt makes in `namespace`. */
export function escapePod({ name, spec = {}, container = {}, annotations = {} }: PodAttempt, namespace: string): Pod {
  const containers = [{ name: 'main', image: 'app', ...container }];
  return { metadata: { name, namespace, annotations }, spec: { containers, ...spec } };
}
