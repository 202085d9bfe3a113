import { type KubeObject, type Resource, resources } from '../../src/kube/types.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Kinds of the virtual cluster whose controllers k3v does not know of. */
export const workloads = {
  jobs: { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true },
  replicaSets: { group: 'apps', version: 'v1', plural: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  statefulSets: { group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet', namespaced: true },
} as const satisfies Record<string, Resource>;

type Content = { [field: string]: unknown };

/** One object that a churn makes, changes and removes; its fields but `metadata`. */
export interface ChurnSubject {
  resource: Resource;
  name: string;
  make: (random: SeededRandom, step: string) => Content;
  /** A merge patch; what cannot change has none. */
  change?: (random: SeededRandom, step: string) => Content;
}

const images = ['nginx:1.27', 'nginx:1.28', 'nginx:1.29'] as const;

const podSpec = (random: SeededRandom, more: Content = {}) => ({
  terminationGracePeriodSeconds: random.oneOf([0, 1]),
  containers: [
    {
      name: 'main',
      image: random.oneOf(images),
      envFrom: [{ secretRef: { name: `secret-${random.below(2)}`, optional: true } }],
    },
  ],
  volumes: [{ name: 'settings', configMap: { name: `settings-${random.below(2)}`, optional: true } }],
  ...more,
});

const template = (random: SeededRandom, name: string, more?: Content) => ({
  metadata: { labels: { app: name } },
  spec: podSpec(random, more),
});

const rollOf = (step: string) => ({ spec: { template: { metadata: { annotations: { 'churn.test/roll': step } } } } });
const scaleOf = (random: SeededRandom, most: number) => ({ spec: { replicas: random.below(most + 1) } });
const scaledOrRolled = (most: number) => (random: SeededRandom, step: string) =>
  random.below(2) === 0 ? scaleOf(random, most) : rollOf(step);

const selectorOf = (name: string) => ({ matchLabels: { app: name } });
const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } };
const portOf = (random: SeededRandom) => ({ name: 'http', port: 80 + random.below(3), protocol: 'TCP' });

function deployment(name: string): ChurnSubject {
  return {
    resource: resources.deployments,
    name,
    make: (random) => ({
      spec: { replicas: 1 + random.below(3), selector: selectorOf(name), template: template(random, name) },
    }),
    change: scaledOrRolled(3),
  };
}

function service(name: string, more: (random: SeededRandom) => Content): ChurnSubject {
  return {
    resource: resources.services,
    name,
    make: (random) => ({ spec: { ports: [portOf(random)], ...more(random) } }),
    change: (random) => ({ spec: { ports: [portOf(random)] } }),
  };
}

/** What a churn works on in each namespace: at most 14 pods. */
export const churnSubjects: ChurnSubject[] = [
  deployment('web-0'),
  deployment('web-1'),
  {
    resource: workloads.statefulSets,
    name: 'db',
    make: (random) => ({
      spec: {
        replicas: 1 + random.below(2),
        serviceName: 'db',
        selector: selectorOf('db'),
        template: template(random, 'db'),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec }],
      },
    }),
    change: scaledOrRolled(2),
  },
  {
    resource: workloads.jobs,
    name: 'job',
    make: (random) => ({
      spec: { completions: 2, parallelism: 1, template: template(random, 'job', { restartPolicy: 'Never' }) },
    }),
  },
  ...['solo-0', 'solo-1'].map(
    (name): ChurnSubject => ({
      resource: resources.pods,
      name,
      make: (random) => ({ spec: podSpec(random) }),
    }),
  ),
  service('web', () => ({ selector: { app: 'web-0' } })),
  service('plain', (random) => ({
    selector: { app: 'web-1' },
    ...random.oneOf([{ clusterIP: 'None' }, { type: 'NodePort' }, {}]),
  })),
  service('outside', () => ({})),
  ...['settings-0', 'settings-1'].map((name) => filled(resources.configMaps, name, (step) => step)),
  ...['secret-0', 'secret-1'].map((name) =>
    filled(resources.secrets, name, (step) => Buffer.from(step).toString('base64')),
  ),
  { resource: resources.persistentVolumeClaims, name: 'claim', make: () => ({ spec: claimSpec }) },
];

function filled(resource: Resource, name: string, valueOf: (step: string) => string): ChurnSubject {
  const make = (_: SeededRandom, step: string) => ({ data: { step: valueOf(step) } });
  return { resource, name, make, change: make };
}

/** Addresses for the Service `outside`, which selects no pods. */
export function outsideEndpoints(namespace: string, random: SeededRandom): KubeObject & Content {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'outside', namespace },
    subsets: [{ addresses: [{ ip: `192.0.2.${1 + random.below(9)}` }], ports: [portOf(random)] }],
  };
}
