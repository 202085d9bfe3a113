import type { Pod } from '../kube/types.ts';
import { type Container, type PodSpec, inContainers, inParts } from './pod-parts.ts';

/** Finds what a rule forbids in a pod, in words; nothing if it keeps the rule. */
export type PodRule = (spec: PodSpec, metadata: Pod['metadata']) => string[];

/** Capabilities that a container runtime gives anyway. */
const harmlessCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** Sysctls that are the pod's own. */
const harmlessSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const harmlessSeLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
export const confined: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);
const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/';

/** The Pod Security Standard `baseline` of Kubernetes 1.36: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline. */
export const baselineRules: PodRule[] = [
  (spec) => inContainers(spec, ({ securityContext }) => (securityContext?.privileged ? ['is privileged'] : [])),
  (spec) =>
    (['hostNetwork', 'hostPID', 'hostIPC'] as const)
      .filter((field) => spec[field])
      .map((field) => `the pod sets ${field}`),
  ({ volumes = [] }) => volumes.flatMap(({ name, hostPath }) => (hostPath ? [`volume "${name}" is a hostPath`] : [])),
  (spec) =>
    inContainers(spec, ({ ports = [] }) =>
      ports.flatMap(({ hostPort }) => (hostPort ? [`takes the host port ${hostPort}`] : [])),
    ),
  (spec) =>
    inContainers(spec, ({ securityContext }) =>
      (securityContext?.capabilities?.add ?? [])
        .filter((name) => !harmlessCapabilities.has(name))
        .map((name) => `adds the capability ${name}`),
    ),
  ({ securityContext }) =>
    (securityContext?.sysctls ?? [])
      .filter(({ name }) => !harmlessSysctls.has(name))
      .map(({ name }) => `the pod sets the sysctl ${name}`),
  (spec) =>
    inParts(spec, ({ seccompProfile }) =>
      seccompProfile && !confined.has(seccompProfile.type) ? [`has the seccomp profile ${seccompProfile.type}`] : [],
    ),
  (spec) =>
    inParts(spec, ({ appArmorProfile }) =>
      appArmorProfile && !confined.has(appArmorProfile.type)
        ? [`has the AppArmor profile ${appArmorProfile.type}`]
        : [],
    ),
  (_, { annotations = {} }) =>
    Object.entries(annotations)
      .filter(
        ([key, value]) => key.startsWith(appArmorAnnotation) && !/^(|runtime\/default|localhost\/.*)$/s.test(value),
      )
      .map(([key, value]) => `the annotation ${key} is "${value}"`),
  (spec) => inParts(spec, ({ seLinuxOptions: options }) => (options ? seLinuxFindings(options) : [])),
  (spec) => (spec.hostUsers === false ? [] : procMountFindings(spec)),
  (spec) => inParts(spec, ({ windowsOptions }) => (windowsOptions?.hostProcess ? ['is a Windows hostProcess'] : [])),
  (spec) => inContainers(spec, (container) => handlerHosts(container).map((host) => `lets the node call "${host}"`)),
];

/** Returns which containers see a `/proc` that is not masked. */
export function procMountFindings(spec: PodSpec): string[] {
  return inContainers(spec, ({ securityContext }) => {
    const { procMount = 'Default' } = securityContext ?? {};
    return procMount === 'Default' ? [] : [`has the procMount ${procMount}`];
  });
}

function seLinuxFindings({
  type = '',
  user,
  role,
}: {
  type?: string | undefined;
  user?: string | undefined;
  role?: string | undefined;
}): string[] {
  return [
    ...(harmlessSeLinuxTypes.has(type) ? [] : [`has the SELinux type ${type}`]),
    ...(user ? [`has the SELinux user ${user}`] : []),
    ...(role ? [`has the SELinux role ${role}`] : []),
  ];
}

/** Returns the hosts that probes and hooks name: the kubelet calls them from the node's own network. */
function handlerHosts({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return handlers.flatMap((each) => [each?.httpGet?.host, each?.tcpSocket?.host].flatMap((host) => host || []));
}
