import { describe, expect, it, test } from 'vitest';
import { podFindings } from '../../../src/isolation/pod-findings.ts';
import type { Pod } from '../../../src/kube/types.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];

function pod(spec: Partial<Spec>, annotations?: Record<string, string>): Pod {
  const containers = [{ name: 'main', image: 'app' }];
  return {
    metadata: { name: 'a', namespace: 'b', ...(annotations ? { annotations } : {}) },
    spec: { containers, ...spec },
  };
}

function main(container: Partial<Container>): Pod {
  return pod({ containers: [{ name: 'main', image: 'app', ...container }] });
}

const context = (securityContext: Container['securityContext']) => main({ securityContext });

describe('baseline forbids', () => {
  test.each<[string, Pod]>([
    ['container "main" is privileged', context({ privileged: true })],
    ['the pod sets hostNetwork', pod({ hostNetwork: true })],
    ['the pod sets hostPID', pod({ hostPID: true })],
    ['the pod sets hostIPC', pod({ hostIPC: true })],
    ['volume "v" is a hostPath', pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })],
    ['container "main" takes the host port 80', main({ ports: [{ containerPort: 80, hostPort: 80 }] })],
    ['container "main" adds the capability SYS_ADMIN', context({ capabilities: { add: ['SYS_ADMIN'] } })],
    ['container "main" adds the capability NET_RAW', context({ capabilities: { add: ['NET_RAW', 'CHOWN'] } })],
    [
      'the pod sets the sysctl kernel.msgmax',
      pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
    ],
    ['pod has the seccomp profile Unconfined', pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } })],
    ['container "main" has the seccomp profile Unconfined', context({ seccompProfile: { type: 'Unconfined' } })],
    ['container "main" has the AppArmor profile Unconfined', context({ appArmorProfile: { type: 'Unconfined' } })],
    [
      'the annotation container.apparmor.security.beta.kubernetes.io/main is "unconfined"',
      pod({}, { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' }),
    ],
    ['container "main" has the SELinux type spc_t', context({ seLinuxOptions: { type: 'spc_t' } })],
    ['container "main" has the SELinux user u', context({ seLinuxOptions: { user: 'u' } })],
    ['pod has the SELinux role r', pod({ securityContext: { seLinuxOptions: { role: 'r' } } })],
    ['container "main" has the procMount Unmasked', context({ procMount: 'Unmasked' })],
    ['container "main" is a Windows hostProcess', context({ windowsOptions: { hostProcess: true } })],
    [
      'container "main" lets the node call "169.254.169.254"',
      main({ livenessProbe: { httpGet: { port: 80, host: '169.254.169.254' } } }),
    ],
    [
      'container "main" lets the node call "10.0.0.1"',
      main({ lifecycle: { preStop: { tcpSocket: { port: 80, host: '10.0.0.1' } } } }),
    ],
    ['volume "v" is of the kind csi', pod({ volumes: [{ name: 'v', csi: { driver: 'hostpath.csi.k8s.io' } }] })],
    [
      'volume "v" is of the kind iscsi',
      pod({ volumes: [{ name: 'v', iscsi: { targetPortal: 'p', iqn: 'i', lun: 0 } }] }),
    ],
  ])('%s', (finding, each) => {
    expect(podFindings(each, 'baseline')).toEqual([finding]);
    expect(podFindings(each, 'none')).toEqual([]);
    expect(podFindings(each, 'restricted')).toContain(finding);
  });
});

it('containers for the start and for debugging are looked at as well', () => {
  const bad = { name: 'x', image: 'app', securityContext: { privileged: true } };
  expect(podFindings(pod({ initContainers: [bad] }), 'baseline')).toEqual(['container "x" is privileged']);
  expect(podFindings(pod({ ephemeralContainers: [bad] }), 'baseline')).toEqual(['container "x" is privileged']);
});

it('a plain pod may run with baseline, and restricted says all that it lacks', () => {
  expect(podFindings(pod({}), 'baseline')).toEqual([]);
  expect(podFindings(pod({}), 'restricted')).toEqual([
    'container "main" does not set allowPrivilegeEscalation to false',
    'container "main" does not drop the capabilities ALL',
    'container "main" has no seccomp profile RuntimeDefault or Localhost',
    'container "main" does not set runAsNonRoot',
  ]);
});

it('a pod that sets what restricted asks for may run with it', () => {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
  };
  const fit = pod({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'main', image: 'app', securityContext }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
  });
  expect(podFindings(fit, 'restricted')).toEqual([]);
});

it('in a user namespace of its own a pod may be root and see all of /proc, but of restricted not the latter', () => {
  const root = { runAsUser: 0, procMount: 'Unmasked' };
  const own = pod({ hostUsers: false, containers: [{ name: 'main', image: 'app', securityContext: root }] });
  expect(podFindings(own, 'baseline')).toEqual([]);
  expect(podFindings(own, 'restricted')).toContain('container "main" has the procMount Unmasked');
  expect(podFindings(own, 'restricted')).not.toContain('container "main" runs as user 0');
});
