import fc from 'fast-check';
import type { Pod } from '../../src/kube/types.ts';

type Spec = NonNullable<Pod['spec']>;

/** A field that is missing more often than not, so that pods break few rules at a time. */
const seldom = <T>(...values: T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });

const profile = (types: string[]) =>
  types.map((type) => ({ type, ...(type === 'Localhost' ? { localhostProfile: 'own' } : {}) }));
const seccompProfile = seldom(...profile(['RuntimeDefault', 'Localhost', 'Unconfined']));
const appArmorProfile = seldom(...profile(['RuntimeDefault', 'Localhost', 'Unconfined']));
const seLinuxOptions = seldom({}, { type: 'container_t' }, { type: 'spc_t' }, { user: 'u' }, { role: 'r' });
const runAsNonRoot = fc.constantFrom(undefined, true, true, false);
const runAsUser = seldom(0, 1000);

const containerContext = fc.record({
  privileged: seldom(true, false),
  allowPrivilegeEscalation: fc.constantFrom(undefined, false, false),
  capabilities: fc.record({
    add: seldom(['CHOWN'], ['NET_BIND_SERVICE'], ['NET_RAW'], ['SYS_ADMIN', 'KILL']),
    drop: fc.constantFrom(undefined, ['ALL'], ['ALL', 'KILL'], ['KILL']),
  }),
  procMount: seldom('Default', 'Unmasked'),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions,
  runAsNonRoot,
  runAsUser,
});

const handler = seldom<object>(
  { httpGet: { port: 80 } },
  { httpGet: { port: 80, host: '10.0.0.1' } },
  { tcpSocket: { port: 80, host: 'db' } },
);
const initFields = {
  image: fc.constant('app'),
  ports: seldom([{ containerPort: 80 }], [{ containerPort: 80, hostPort: 80 }]),
  securityContext: fc.oneof(fc.constant(undefined), containerContext),
};
const initContainer = fc.record(initFields);
const container = fc.record({
  ...initFields,
  livenessProbe: handler,
  lifecycle: seldom<object>(
    { preStop: { httpGet: { port: 80, host: '10.0.0.1' } } },
    { preStop: { sleep: { seconds: 1 } } },
  ),
});

const volume = fc.constantFrom<object>(
  { emptyDir: {} },
  { hostPath: { path: '/var' } },
  { nfs: { server: 'files', path: '/' } },
  { persistentVolumeClaim: { claimName: 'c' } },
  { image: { reference: 'app' } },
  { configMap: { name: 'c' } },
);

const podContext = fc.record({
  sysctls: seldom([{ name: 'net.ipv4.tcp_rmem', value: '1 2 3' }], [{ name: 'kernel.msgmax', value: '1' }]),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions,
  runAsNonRoot,
  runAsUser,
});

const fitPod = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
const fitContainer = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** Pods that keep and break the rules of the Pod Security Standards in all combinations, in `namespace`; many would be fit for the strictest but for a thing or two. */
export function securityArbitrary(namespace: string): fc.Arbitrary<Pod> {
  return fc
    .record({
      hostNetwork: seldom(true),
      hostPID: seldom(true),
      hostIPC: seldom(true),
      hostUsers: seldom(true, false),
      securityContext: podContext,
      volumes: fc.array(volume, { maxLength: 2 }),
      containers: fc.array(container, { minLength: 1, maxLength: 2 }),
      initContainers: fc.array(initContainer, { maxLength: 1 }),
      isFit: fc.boolean(),
    })
    .map(({ isFit, ...spec }) => {
      const named = (prefix: string, list: { securityContext?: object | undefined }[]) =>
        list.map(({ securityContext, ...each }, index) => ({
          name: `${prefix}${index}`,
          ...each,
          securityContext: isFit ? { ...defined(securityContext), ...fitContainer } : securityContext,
        }));
      const whole = {
        ...spec,
        securityContext: isFit ? { ...fitPod, ...defined(spec.securityContext) } : spec.securityContext,
        volumes: spec.volumes.map((each, index) => ({ name: `v${index}`, ...each })),
        containers: named('c', spec.containers),
        initContainers: named('i', spec.initContainers),
      };
      return { metadata: { name: 'tried', namespace }, spec: defined(whole) as Spec };
    });
}

/** Returns a copy without fields that are undefined. */
function defined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value ?? {})) as T;
}
