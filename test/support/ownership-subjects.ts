import type { ObjectRef } from '../../src/kube/client.ts';
import {
  type KubeEvent,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  resources,
} from '../../src/kube/types.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import { eventually } from './eventually.ts';

export type Cluster = Pick<EmbeddedCluster, 'translator' | 'virtual' | 'host'>;
type Path = readonly (string | number)[];

/** How one side of a subject is found and, where it can be edited there, how: `path` leads to the value that `patch` changes. */
export interface Side {
  ref: (name: string, cluster: Cluster) => ObjectRef | Promise<ObjectRef>;
  path?: Path;
  patch?: object;
  subresource?: string;
  /** How `patch` is read. Default: as a merge patch. */
  type?: 'merge' | 'strategic';
}

/** What a row of docs/ownership.md is about; `title` is its first two cells. */
export interface Subject {
  title: string;
  /** Makes it. Default: it is there. */
  make?: (name: string, cluster: Cluster) => Promise<unknown>;
  /** Whether the two have come to rest. Default: when both are there. */
  ready?: (virtual: KubeObject, host: KubeObject | undefined) => boolean;
  /** A deletion is forced through: finalizers are taken off. */
  forced?: boolean;
  virtual?: Side;
  host?: Side;
}

const named = (name: string) => ({ name, namespace: 'default' });
const inVirtual = (resource: Resource) => ({ ref: (name: string) => ({ resource, ...named(name) }) });
const onHost = (resource: Resource, kind = resource.kind) => ({
  ref: (name: string, { translator }: Cluster) => ({
    resource,
    namespace: translator.hostNamespace,
    name: translator.hostName(kind, 'default', name),
  }),
});
const both = (resource: Resource) => ({ virtual: inVirtual(resource), host: onHost(resource) });
const clusterWide = (resource: Resource) => ({ ref: (name: string) => ({ resource, name }) });
const always = (ref: ObjectRef) => ({ ref: () => ref });

const phase = (wanted: string) => (object: KubeObject) => valueAt(object, ['status', 'phase']) === wanted;
const made = async <T extends KubeObject>({ virtual }: Cluster, resource: Resource, object: T) =>
  await virtual.create(resource, object);

const makePod = async (name: string, cluster: Cluster, spec: Partial<NonNullable<Pod['spec']>> = {}) =>
  await made(cluster, resources.pods, {
    metadata: { ...named(name), labels: { colour: 'grey' }, annotations: { colour: 'grey' } },
    spec: { containers: [{ name: 'main', image: 'nginx:1' }], ...spec },
  });
const pods = { ...both(resources.pods), make: makePod, ready: phase('Running') };

const makeService = async (name: string, cluster: Cluster, more: object = {}) =>
  await made(cluster, resources.services, {
    metadata: { ...named(name), labels: { colour: 'grey' } },
    spec: { selector: { app: name }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], ...more },
  });
const services = {
  ...both(resources.services),
  make: makeService,
  ready: (virtual: KubeObject, host: KubeObject | undefined) =>
    valueAt(virtual, ['spec', 'clusterIP']) === valueAt(host, ['spec', 'clusterIP']),
};
const balanced = { type: 'LoadBalancer', loadBalancerClass: 'host.example/x' };

const addresses = (ip: string) => [{ addresses: [{ ip }], ports: [{ port: 80, protocol: 'TCP' }] }];
const endpoints = {
  ...both(resources.endpoints),
  ready: (_: KubeObject, host: KubeObject | undefined) => valueAt(host, ['subsets']) !== undefined,
  host: onHost(resources.endpoints, 'Service'),
  make: async (name: string, cluster: Cluster) => {
    await makeService(name, cluster, { selector: undefined });
    await made(cluster, resources.endpoints, { metadata: named(name), subsets: addresses('192.0.2.1') });
  },
};

const volumeOf = (kind: 'configMap' | 'secret', name: string) =>
  kind === 'configMap' ? { configMap: { name } } : { secret: { secretName: name } };
const used = (resource: Resource, kind: 'configMap' | 'secret') => ({
  ...both(resource),
  make: async (name: string, cluster: Cluster) => {
    await made(cluster, resource, { metadata: named(name), data: { colour: 'Z3JleQ==' } });
    await makePod(name, cluster, { volumes: [{ name: 'v', ...volumeOf(kind, name) }] });
  },
});

/** A class that the host has; of its claims KWOK makes bound ones. */
export const boundClass = 'kwok-volume';
const makeClaim = async (name: string, cluster: Cluster, storageClassName = boundClass) =>
  await made(cluster, resources.persistentVolumeClaims, {
    metadata: { ...named(name), labels: { colour: 'grey' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName },
  });
const claims = { ...both(resources.persistentVolumeClaims), make: makeClaim, ready: phase('Bound') };
const openClaims = {
  ...claims,
  make: async (name: string, cluster: Cluster) => await makeClaim(name, cluster, 'none'),
  ready: phase('Pending'),
};

const volumes = {
  make: makeClaim,
  virtual: {
    ref: async (name: string, { virtual }: Cluster) => {
      const claim = { resource: resources.persistentVolumeClaims, ...named(name) };
      const { spec } = await virtual.get<PersistentVolumeClaim>(claim);
      return { resource: resources.persistentVolumes, name: spec?.volumeName ?? 'none yet' };
    },
  },
};

const ofHost = (resource: Resource, object: object) => ({
  make: async (name: string, { host }: Cluster) =>
    await host.create<KubeObject>(resource, { metadata: { name, labels: { colour: 'grey' } }, ...object }),
  virtual: clusterWide(resource),
  host: clusterWide(resource),
});
const storageClasses = ofHost(resources.storageClasses, { provisioner: 'x.example/p', allowVolumeExpansion: false });
/** Nobody's pod is to come here. */
const nodes = ofHost(resources.nodes, { spec: { taints: [{ key: 'example.com/test', effect: 'NoSchedule' }] } });

const eventOnHost = (name: string) => ({
  resource: resources.events,
  namespace: 'team',
  name: `${name}.17d0000000000000`,
});
const events = {
  make: async (name: string, cluster: Cluster) => {
    await makeService(name, cluster);
    // On a busy machine the webhook gives up, and the engine makes it.
    const service = await eventually(
      async () => await cluster.host.get<KubeObject>(onHost(resources.services).ref(name, cluster)),
      { timeoutMs: 30_000 },
    );
    const { name: hostName, namespace, uid } = service.metadata;
    const { resource, ...metadata } = eventOnHost(name);
    await cluster.host.create<KubeEvent>(resource, {
      metadata,
      involvedObject: { apiVersion: 'v1', kind: 'Service', name: hostName, namespace, uid },
      reason: 'Said',
      message: 'said by the host',
      type: 'Normal',
      count: 1,
      lastTimestamp: new Date().toISOString(),
    });
  },
  virtual: {
    ref: async (name: string, { virtual }: Cluster) => {
      const { items } = await virtual.list<KubeEvent>(resources.events, { namespace: 'default' });
      const shown = items.find(({ involvedObject, reason }) => involvedObject.name === name && reason === 'Said');
      return { resource: resources.events, ...named(shown?.metadata.name ?? 'not-shown') };
    },
  },
  host: { ref: eventOnHost },
};

const webhook = always({ resource: resources.mutatingWebhookConfigurations, name: 'k3v-services' });
const apiServer = always({ resource: resources.endpoints, ...named('kubernetes') });

const label = (key: string, value = 'blue') => ({
  path: ['metadata', 'labels', key],
  patch: { metadata: { labels: { [key]: value } } },
});
const annotation = (key: string) => ({
  path: ['metadata', 'annotations', key],
  patch: { metadata: { annotations: { [key]: 'blue' } } },
});
const status = (patch: object, ...path: Path) => ({
  path: ['status', ...path],
  patch: { status: patch },
  subresource: 'status',
});
const spec = (patch: object, ...path: Path) => ({ path: ['spec', ...path], patch: { spec: patch } });
const condition = (type: string) => ({
  type,
  status: 'True',
  reason: 'Said',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
/** The same change on both sides of what is edited in the same way there. */
const onBoth = ({ virtual, host, ...subject }: Subject, change: Partial<Side>): Omit<Subject, 'title'> => ({
  ...subject,
  ...(virtual ? { virtual: { ...virtual, ...change } } : {}),
  ...(host ? { host: { ...host, ...change } } : {}),
});
const of = (title: string, subject: Omit<Subject, 'title'>, virtual: Partial<Side>, host: Partial<Side>): Subject => ({
  title,
  ...subject,
  ...(subject.virtual ? { virtual: { ...subject.virtual, ...virtual } } : {}),
  ...(subject.host ? { host: { ...subject.host, ...host } } : {}),
});
const same = (title: string, subject: Omit<Subject, 'title'>, change: Partial<Side>): Subject => ({
  title,
  ...onBoth({ title, ...subject }, change),
});

/** What the rows of the table of edits are about. */
export const editSubjects: Subject[] = [
  of('pods: labels', pods, label('colour'), label('v.k3v.io/colour')),
  same('pods: annotations', pods, annotation('colour')),
  of('pods: labels and annotations that only the host has', pods, {}, label('host.example/own')),
  same('pods: images of containers, until the tenant changes them again', pods, {
    ...spec({}, 'containers', 0, 'image'),
    type: 'strategic',
    patch: { spec: { containers: [{ name: 'main', image: 'nginx:2' }] } },
  }),
  same('pods: status', pods, status({ message: 'blue' }, 'message')),
  of('services: labels', services, label('colour'), label('v.k3v.io/colour')),
  of('services: labels and annotations that only the host has', services, {}, annotation('host.example/own')),
  same(
    'services: ports, selector, type and all else of the spec that is not named below',
    services,
    spec({ sessionAffinity: 'ClientIP' }, 'sessionAffinity'),
  ),
  same('services: cluster IP', services, spec({ clusterIP: '10.96.77.77', clusterIPs: ['10.96.77.77'] }, 'clusterIP')),
  of(
    'services: node port',
    { ...services, make: async (name, cluster) => await makeService(name, cluster, { type: 'NodePort' }) },
    spec({ ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_701 }] }, 'ports', 0, 'nodePort'),
    spec({ ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_702 }] }, 'ports', 0, 'nodePort'),
  ),
  of(
    'services: loadBalancerIP, where the tenant asks for none',
    { ...services, make: async (name, cluster) => await makeService(name, cluster, balanced) },
    {},
    spec({ loadBalancerIP: '192.0.2.1' }, 'loadBalancerIP'),
  ),
  same('services: externalIPs', services, spec({ externalIPs: ['192.0.2.1'] }, 'externalIPs')),
  same(
    'services: load balancer in the status',
    {
      ...services,
      make: async (name, cluster) => await makeService(name, cluster, { type: 'LoadBalancer' }),
    },
    status({ loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } }, 'loadBalancer', 'ingress'),
  ),
  same('services: conditions in the status', services, status({ conditions: [condition('x/own')] }, 'conditions')),
  same('endpoints: addresses of a Service without selector', endpoints, {
    path: ['subsets'],
    patch: { subsets: addresses('192.0.2.2') },
  }),
  same('configmaps: data, while a pod uses it', used(resources.configMaps, 'configMap'), {
    path: ['data'],
    patch: { data: { colour: 'blue' } },
  }),
  same('secrets: data, while a pod uses it', used(resources.secrets, 'secret'), {
    path: ['data'],
    patch: { data: { colour: 'Ymx1ZQ==' } },
  }),
  {
    title: 'serviceaccounttokens: data',
    make: makePod,
    host: {
      ...onHost(resources.secrets, 'ServiceAccountToken'),
      path: ['data', 'more'],
      patch: { data: { more: 'Ymx1ZQ==' } },
    },
  },
  of('persistentvolumeclaims: labels', openClaims, label('colour'), label('v.k3v.io/colour')),
  same(
    'persistentvolumeclaims: size, once bound',
    claims,
    spec({ resources: { requests: { storage: '2Gi' } } }, 'resources', 'requests', 'storage'),
  ),
  same('persistentvolumeclaims: status', claims, status({ conditions: [condition('x/own')] }, 'conditions')),
  {
    title: 'persistentvolumes: reclaim policy and all else of a stand-in',
    ...volumes,
    virtual: {
      ...volumes.virtual,
      ...spec({ persistentVolumeReclaimPolicy: 'Retain' }, 'persistentVolumeReclaimPolicy'),
    },
  },
  same('storageclasses: default class and all else', storageClasses, {
    path: ['allowVolumeExpansion'],
    patch: { allowVolumeExpansion: true },
  }),
  same('nodes: labels that the host has', nodes, label('colour')),
  of('nodes: labels that only the tenant has', nodes, label('own'), {}),
  same('nodes: unschedulable and taints', nodes, spec({ unschedulable: true }, 'unschedulable')),
  of(
    'events: message and count of an event of the host',
    events,
    { path: ['message'] },
    { path: ['message'], patch: { message: 'blue' } },
  ),
  {
    title: 'mutatingwebhookconfigurations: the registration `k3v-services`',
    virtual: { ...webhook, path: ['webhooks'], patch: { webhooks: [] } },
  },
  {
    title: 'endpoints: those of `default/kubernetes`',
    virtual: { ...apiServer, path: ['subsets'], patch: { subsets: addresses('192.0.2.2') } },
  },
];

/** What the rows of the table of deletions are about. */
export const deletionSubjects: Subject[] = [
  { title: 'pods: all', ...pods },
  { title: 'services: all', ...services },
  { title: 'endpoints: of a Service without selector', ...endpoints },
  { title: 'configmaps: used by a pod', ...used(resources.configMaps, 'configMap') },
  { title: 'secrets: used by a pod', ...used(resources.secrets, 'secret') },
  {
    title: 'serviceaccounttokens: of a pod that runs',
    make: makePod,
    host: onHost(resources.secrets, 'ServiceAccountToken'),
  },
  { title: 'persistentvolumeclaims: not bound yet', ...openClaims },
  { title: 'persistentvolumeclaims: bound', ...claims },
  { title: 'persistentvolumes: stand-ins', ...volumes, forced: true },
  { title: 'storageclasses: all', ...storageClasses },
  { title: 'nodes: without pods', ...nodes },
  { title: 'events: of the host', ...events },
  { title: 'mutatingwebhookconfigurations: `k3v-services`', virtual: webhook },
  { title: 'endpoints: `default/kubernetes`', virtual: apiServer },
];

/** Returns the value at `path` of `object`. */
export function valueAt(object: unknown, path: Path): unknown {
  return path.reduce((value, part) => Reflect.get(Object(value), part), object);
}
