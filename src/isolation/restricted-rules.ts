import { type PodRule, confined, procMountFindings } from './baseline-rules.ts';
import { type PodSpec, inContainers, inParts } from './pod-parts.ts';

const ownVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/**
 * What the Pod Security Standard `restricted` of Kubernetes 1.36 asks for beside `baseline`, of pods for Linux:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted.
 */
export const restrictedRules: PodRule[] = [
  ({ volumes = [] }) =>
    volumes
      .filter((volume) => !ownVolumes.some((source) => Object.hasOwn(volume, source)))
      .map(({ name }) => `volume "${name}" is of the node or of others`),
  onLinux((spec) =>
    inContainers(spec, ({ securityContext }) =>
      securityContext?.allowPrivilegeEscalation === false ? [] : ['does not set allowPrivilegeEscalation to false'],
    ),
  ),
  onLinux((spec) =>
    inContainers(spec, ({ securityContext }) => [
      ...(securityContext?.capabilities?.drop?.includes('ALL') ? [] : ['does not drop the capabilities ALL']),
      ...(securityContext?.capabilities?.add ?? [])
        .filter((name) => name !== 'NET_BIND_SERVICE')
        .map((name) => `adds the capability ${name}`),
    ]),
  ),
  onLinux((spec) => {
    const pods = spec.securityContext?.seccompProfile;
    return inContainers(spec, ({ securityContext }) => {
      const profile = securityContext?.seccompProfile ?? pods;
      return profile && confined.has(profile.type) ? [] : ['has no seccomp profile RuntimeDefault or Localhost'];
    });
  }),
  (spec) => (inUserNamespace(spec) ? [] : rootFindings(spec)),
  procMountFindings,
];

/** The API server itself lets pods for Windows set none of it. */
function onLinux(rule: PodRule): PodRule {
  return (spec, metadata) => (spec.os?.name === 'windows' ? [] : rule(spec, metadata));
}

/** Where root is nobody on the node. */
function inUserNamespace({ hostUsers }: PodSpec): boolean {
  return hostUsers === false;
}

function rootFindings(spec: PodSpec): string[] {
  const pods = spec.securityContext?.runAsNonRoot;
  return [
    ...(pods === false ? ['the pod sets runAsNonRoot to false'] : []),
    ...inContainers(spec, ({ securityContext }) =>
      (securityContext?.runAsNonRoot ?? pods) === true ? [] : ['does not set runAsNonRoot'],
    ),
    ...inParts(spec, ({ runAsUser }) => (runAsUser === 0 ? ['runs as user 0'] : [])),
  ];
}
