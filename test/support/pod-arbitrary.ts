import fc from 'fast-check';
import type { Pod } from '../../src/kube/types.ts';
import { containerArbitrary } from './container-arbitrary.ts';
import { text, volumesArbitrary } from './volume-arbitrary.ts';

type Spec = NonNullable<Pod['spec']>;
type Term = NonNullable<
  NonNullable<NonNullable<Spec['affinity']>['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

const labels = fc.dictionary(text.key, text.labelValue, { maxKeys: 4 });
const requirement = fc
  .tuple(
    text.key,
    fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
    fc.array(text.labelValue, { minLength: 1, maxLength: 3 }),
  )
  .map(([key, operator, values]) => ({ key, operator, ...(operator.endsWith('In') ? { values } : {}) }));
const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 3 }) },
  { requiredKeys: [] },
);

/** Pods may be told apart by labels that they have, so that `matchLabelKeys` mean something. */
const labelKeys = fc.uniqueArray(fc.constantFrom('app', 'pod-template-hash', 'absent'), { maxLength: 2 });
const term = fc.record(
  {
    topologyKey: fc.constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone'),
    labelSelector: selector,
    namespaces: fc.uniqueArray(text.name, { maxLength: 3 }),
    namespaceSelector: selector,
    matchLabelKeys: labelKeys,
  },
  { requiredKeys: ['topologyKey', 'labelSelector'] },
);
const podAffinity = fc.record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 2 }),
    preferredDuringSchedulingIgnoredDuringExecution: fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<{ requiredDuringSchedulingIgnoredDuringExecution?: Term[] }>;
const nodeSelectorTerm = fc.oneof(
  fc.record({ matchExpressions: fc.array(requirement, { minLength: 1, maxLength: 2 }) }),
  text.name.map((name) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] })),
);
const nodeAffinity = fc
  .array(nodeSelectorTerm, { minLength: 1, maxLength: 2 })
  .map((nodeSelectorTerms) => ({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }));
const affinity = fc.record({ podAffinity, podAntiAffinity: podAffinity, nodeAffinity }, { requiredKeys: [] });

const spread = fc
  .record(
    {
      maxSkew: fc.integer({ min: 1, max: 5 }),
      topologyKey: fc.constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone'),
      labelSelector: selector,
      matchLabelKeys: labelKeys,
      nodeAffinityPolicy: fc.constantFrom('Honor', 'Ignore'),
      nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
      minDomains: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: ['maxSkew', 'topologyKey', 'labelSelector'] },
  )
  .map((constraint) => ({ ...constraint, whenUnsatisfiable: 'DoNotSchedule' }));

const toleration = fc.oneof(
  fc.record({
    key: text.key,
    operator: fc.constant('Equal'),
    value: text.labelValue,
    effect: fc.constant('NoSchedule'),
  }),
  fc.record(
    {
      key: text.key,
      operator: fc.constant('Exists'),
      effect: fc.constant('NoExecute'),
      tolerationSeconds: fc.integer({ min: 0, max: 999 }),
    },
    { requiredKeys: ['key', 'operator', 'effect'] },
  ),
);

const dnsConfig = fc.record(
  {
    nameservers: fc.uniqueArray(fc.ipV4(), { maxLength: 3 }),
    searches: fc.uniqueArray(text.subdomain, { maxLength: 5 }),
    options: fc.array(fc.constantFrom({ name: 'ndots', value: '2' }, { name: 'edns0' }), { maxLength: 2 }),
  },
  { requiredKeys: ['nameservers'] },
);
const dns = fc.oneof(
  fc
    .constantFrom('ClusterFirst', 'ClusterFirstWithHostNet', 'Default')
    .map((dnsPolicy): Partial<Spec> => ({ dnsPolicy })),
  dnsConfig.map((config): Partial<Spec> => ({ dnsConfig: config })),
  dnsConfig.map(
    (config): Partial<Spec> => ({ dnsPolicy: 'None', dnsConfig: { ...config, nameservers: ['10.0.0.1'] } }),
  ),
);

/** Only one of them can be. */
const processes = fc.constantFrom<Partial<Spec>[]>({}, { hostPID: true }, { shareProcessNamespace: true });

/** A pod with a gate can have no node yet. */
const place = fc.oneof(
  fc.constant<Partial<Spec>>({}),
  text.name.map((nodeName): Partial<Spec> => ({ nodeName })),
  fc.constant<Partial<Spec>>({ schedulingGates: [{ name: 'example.com/gate' }] }),
);

const securityContext = fc.record(
  {
    runAsUser: fc.integer({ min: 0, max: 65_535 }),
    fsGroup: fc.integer({ min: 0, max: 65_535 }),
    runAsNonRoot: fc.constant(false),
    seccompProfile: fc.constant({ type: 'RuntimeDefault' }),
    supplementalGroups: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const plainFields = fc.record(
  {
    activeDeadlineSeconds: fc.integer({ min: 1, max: 9999 }),
    affinity,
    automountServiceAccountToken: fc.boolean(),
    enableServiceLinks: fc.boolean(),
    hostAliases: fc.array(
      fc.record({ ip: fc.ipV4(), hostnames: fc.array(text.name, { minLength: 1, maxLength: 2 }) }),
      {
        maxLength: 2,
      },
    ),
    hostIPC: fc.boolean(),
    hostUsers: fc.constant(true),
    hostNetwork: fc.boolean(),
    hostname: text.name,
    subdomain: text.name,
    setHostnameAsFQDN: fc.boolean(),
    imagePullSecrets: fc.array(fc.record({ name: text.subdomain }), { maxLength: 2 }),
    nodeSelector: labels,
    os: fc.constant({ name: 'linux' }),
    readinessGates: fc.array(fc.record({ conditionType: text.key }), { maxLength: 2 }),
    resources: fc.constant({ requests: { cpu: '10', memory: '10Gi' }, limits: { cpu: '20', memory: '20Gi' } }),
    priorityClassName: fc.constantFrom('system-cluster-critical', 'system-node-critical'),
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    schedulerName: text.name,
    securityContext,
    serviceAccountName: fc.constant('default'),
    terminationGracePeriodSeconds: fc.integer({ min: 2, max: 300 }),
    tolerations: fc.array(toleration, { maxLength: 4 }),
    topologySpreadConstraints: fc.uniqueArray(spread, { maxLength: 2, selector: ({ topologyKey }) => topologyKey }),
  },
  { requiredKeys: [] },
);

/** Pods of the namespace `namespace`, without metadata of the server, most of which an API server takes. */
export function podArbitrary(namespace: string): fc.Arbitrary<Pod> {
  const spec = volumesArbitrary.chain((volumes) => {
    const container = containerArbitrary(volumes);
    return fc
      .tuple(
        plainFields,
        fc.tuple(dns, processes, place).map(([a, b, c]): Partial<Spec> => ({ ...a, ...b, ...c })),
        fc.uniqueArray(container, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
        fc.nat({ max: 2 }),
      )
      .map(([fields, more, containers, inits]): Spec => {
        const init = containers
          .slice(1, 1 + inits)
          .map((each, index) => (index === 0 ? asSidecar(each) : withoutLifecycle(each)));
        const main = [...containers.slice(0, 1), ...containers.slice(1 + inits)];
        return { ...fields, ...more, volumes, initContainers: init, containers: main } as Spec;
      });
  });
  const metadata = fc.record({
    name: text.subdomain,
    namespace: fc.constant(namespace),
    labels: fc
      .tuple(labels, fc.constantFrom({}, { app: 'x', 'pod-template-hash': '7' }))
      .map(([a, b]) => ({ ...a, ...b })),
    annotations: fc.dictionary(text.key, text.any, { maxKeys: 3 }),
  });
  return fc.record({ apiVersion: fc.constant('v1'), kind: fc.constant('Pod'), metadata, spec });
}

/** An init container that goes on has all that others have. */
function asSidecar(container: Spec['containers'][number]): Spec['containers'][number] {
  return { ...container, restartPolicy: 'Always' };
}

/** One that ends has none. */
function withoutLifecycle(container: Spec['containers'][number]): Spec['containers'][number] {
  const { lifecycle: _, readinessProbe: __, livenessProbe: ___, startupProbe: ____, ...rest } = container;
  return rest;
}
