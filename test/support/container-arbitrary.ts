import fc from 'fast-check';
import type { Pod } from '../../src/kube/types.ts';
import { text } from './volume-arbitrary.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];

/** Some are names of service variables, some occur in values. */
const variable = fc.constantFrom('A', 'B', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_PORT', 'MY.VAR-1');
const value = fc
  .array(
    fc.oneof(
      fc.constantFrom('$', '$$', '$(', ')', '$(A)', '$$(B)', '$(KUBERNETES_SERVICE_HOST)'),
      fc.string({ maxLength: 4 }),
    ),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));
const fieldPath = fc.oneof(
  fc.constantFrom(
    'metadata.name',
    'metadata.namespace',
    'metadata.uid',
    'spec.nodeName',
    'spec.serviceAccountName',
    'status.hostIP',
    'status.podIP',
    'status.podIPs',
  ),
  text.key.map((key) => `metadata.labels['${key}']`),
  text.key.map((key) => `metadata.annotations['${key}']`),
);
const keyRef = fc.record(
  { name: text.subdomain, key: text.dataKey, optional: fc.boolean() },
  { requiredKeys: ['name', 'key'] },
);
const env = fc.oneof(
  fc.record({ name: variable, value }),
  fc.record({
    name: variable,
    valueFrom: fc.oneof(
      fieldPath.map((path) => ({ fieldRef: { fieldPath: path } })),
      keyRef.map((configMapKeyRef) => ({ configMapKeyRef })),
      keyRef.map((secretKeyRef) => ({ secretKeyRef })),
      fc.constantFrom('limits.cpu', 'requests.memory').map((resource) => ({ resourceFieldRef: { resource } })),
    ),
  }),
);
const reference = fc.record({ name: text.subdomain, optional: fc.boolean() }, { requiredKeys: ['name'] });
const envFrom = fc.oneof(
  reference.map((configMapRef) => ({ prefix: 'P_', configMapRef })),
  reference.map((secretRef) => ({ secretRef })),
);
type Probe = NonNullable<Container['readinessProbe']>;
const probe = fc
  .tuple(
    fc.constantFrom<Probe[]>(
      { exec: { command: ['true'] } },
      { httpGet: { path: '/', port: 80, scheme: 'HTTP', httpHeaders: [{ name: 'Host', value: 'x' }] } },
      { tcpSocket: { port: 80 } },
      { grpc: { port: 80, service: 's' } },
    ),
    fc.record({ periodSeconds: fc.integer({ min: 1, max: 9 }), timeoutSeconds: fc.integer({ min: 1, max: 9 }) }),
  )
  .map(([handler, times]): Probe => ({ ...handler, ...times }));
const fields = fc.record(
  {
    name: text.name,
    image: fc.constantFrom('busybox', 'example.com/a/b:1'),
    command: fc.array(value, { maxLength: 3 }),
    args: fc.array(value, { maxLength: 3 }),
    env: fc.array(env, { maxLength: 4 }),
    envFrom: fc.array(envFrom, { maxLength: 2 }),
    lifecycle: fc.constantFrom<NonNullable<Container['lifecycle']>[]>(
      { preStop: { sleep: { seconds: 1 } } },
      { postStart: { exec: { command: ['true'] } } },
    ),
    readinessProbe: probe,
    livenessProbe: probe,
    startupProbe: probe,
    ports: fc.uniqueArray(fc.record({ containerPort: fc.integer({ min: 1, max: 65_535 }) }), {
      maxLength: 2,
      selector: ({ containerPort }) => containerPort,
    }),
    resources: fc.constantFrom({ requests: { cpu: '1', memory: '1Gi' } }, { limits: { cpu: '1', memory: '1Gi' } }),
    resizePolicy: fc.constant<NonNullable<Container['resizePolicy']>>([
      { resourceName: 'cpu', restartPolicy: 'NotRequired' },
    ]),
    securityContext: fc.constantFrom<NonNullable<Container['securityContext']>[]>(
      { readOnlyRootFilesystem: true },
      { capabilities: { drop: ['ALL'] } },
      { runAsUser: 7, runAsGroup: 8, allowPrivilegeEscalation: false },
      { privileged: true },
      { seccompProfile: { type: 'Unconfined' }, appArmorProfile: { type: 'RuntimeDefault' } },
    ),
    stdin: fc.boolean(),
    terminationMessagePolicy: fc.constantFrom('File', 'FallbackToLogsOnError'),
    workingDir: fc.constant('/tmp'),
  },
  { requiredKeys: ['name', 'image'] },
);

const paths = fc.constantFrom<Partial<NonNullable<Container['volumeMounts']>[number]>[]>(
  {},
  { subPath: 'a/b' },
  { subPathExpr: '$(A)/b' },
  { readOnly: true, recursiveReadOnly: 'IfPossible' },
);

function fromFile(volumeName: string): NonNullable<Container['env']>[number] {
  return { name: 'FROM_FILE', valueFrom: { fileKeyRef: { volumeName, path: 'env', key: 'K', optional: true } } };
}

/** Containers that mount some of `volumes`. */
export function containerArbitrary(volumes: NonNullable<Spec['volumes']>): fc.Arbitrary<Container> {
  const claims = volumes.filter((volume) => volume.persistentVolumeClaim);
  const files = volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => fromFile(name));
  return fc.tuple(fields, fc.subarray(volumes), fc.subarray(claims), fc.subarray(files), paths).map(
    ([container, mounted, asDevices, read, path]): Container => ({
      ...container,
      env: [...(container.env ?? []), ...read],
      volumeMounts: mounted
        .filter((volume) => !asDevices.includes(volume))
        .map(({ name }) => ({ name, mountPath: `/mnt/${name}`, ...path })),
      volumeDevices: asDevices.map(({ name }) => ({ name, devicePath: `/dev/${name}` })),
    }),
  );
}
