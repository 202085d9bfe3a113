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
const probe = fc.record(
  { exec: fc.constant<{ command: string[] }>({ command: ['true'] }), periodSeconds: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: ['exec'] },
);
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
    ),
    stdin: fc.boolean(),
    terminationMessagePolicy: fc.constantFrom('File', 'FallbackToLogsOnError'),
    workingDir: fc.constant('/tmp'),
  },
  { requiredKeys: ['name', 'image'] },
);

/** Containers that mount some of `volumes`. */
export function containerArbitrary(volumes: NonNullable<Spec['volumes']>): fc.Arbitrary<Container> {
  return fc.tuple(fields, fc.subarray(volumes)).map(
    ([container, mounted]): Container => ({
      ...container,
      volumeMounts: mounted.map(({ name }) => ({ name, mountPath: `/mnt/${name}` })),
    }),
  );
}
