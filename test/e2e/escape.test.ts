import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConfigMap,
  type Endpoints,
  type KubeEvent,
  type KubeObject,
  type Namespace,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  type Secret,
  type Service,
  resources,
} from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { escapePod, escapePods } from '../support/escape-pods.ts';
import { eventually } from '../support/eventually.ts';

/** A namespace in which the tenant has switched Pod Security admission off. */
const loose = 'loose';
let cluster: EmbeddedCluster;
let foreign: KubeObject[];

const { pods, secrets, configMaps, services, endpoints, persistentVolumeClaims: claims, namespaces } = resources;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27525);
  for (const [resource, object] of neighbours()) await cluster.host.create(resource, object);
  foreign = await neighboursNow();
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  for (const name of [loose, 'a', 'a-b']) await makeNamespace(name, labels);
});

afterAll(async () => await cluster?.stop());

/** What others have in the host namespace. */
function neighbours(): [Resource, KubeObject][] {
  const metadata = { namespace: 'team', labels: { app: 'payroll' } };
  const containers = [{ name: 'main', image: 'app' }];
  return [
    [secrets, { metadata: { ...metadata, name: 'payroll' }, stringData: { password: 'x' } } as KubeObject],
    [configMaps, { metadata: { ...metadata, name: 'payroll' }, data: { a: 'b' } } as KubeObject],
    [resources.serviceAccounts, { metadata: { ...metadata, name: 'payroll' } }],
    [pods, { metadata: { ...metadata, name: 'payroll' }, spec: { containers } } as KubeObject],
    [
      services,
      {
        metadata: { ...metadata, name: 'payroll' },
        spec: { selector: { app: 'payroll' }, ports: [{ port: 80 }] },
      } as KubeObject,
    ],
    [claims, claimOf(metadata, 'payroll') as KubeObject],
  ];
}

function claimOf(metadata: { namespace: string; labels?: Record<string, string> }, name: string, more: object = {}) {
  const request = { resources: { requests: { storage: '1Gi' } } };
  return { metadata: { ...metadata, name }, spec: { accessModes: ['ReadWriteOnce' as const], ...request, ...more } };
}

/** What an attempt must leave as it is: without what the host's own controllers write. */
async function neighboursNow(): Promise<KubeObject[]> {
  return await Promise.all(
    neighbours().map(async ([resource, { metadata }]) => {
      const found = await cluster.host.get<KubeObject & { data?: unknown }>({
        resource,
        ...metadata,
        namespace: 'team',
      });
      const { name, uid = '', labels = {} } = found.metadata;
      return { kind: resource.kind, metadata: { name, uid, labels }, data: found.data };
    }),
  );
}

async function makeNamespace(name: string, labels: Record<string, string>): Promise<void> {
  await cluster.virtual.create<Namespace>(namespaces, { metadata: { name, labels } });
  const account = { resource: resources.serviceAccounts, namespace: name, name: 'default' };
  await eventually(async () => await cluster.virtual.get(account));
}

async function onHost<T extends KubeObject>(
  resource: Resource,
  name: string,
  namespace = loose,
  namedAs = resource.kind,
) {
  const hostName = cluster.translator.hostName(namedAs, namespace, name);
  return await eventually(async () => await cluster.host.get<T>({ resource, namespace: 'team', name: hostName }));
}

async function events(name: string): Promise<KubeEvent[]> {
  const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: loose });
  return items.filter(({ involvedObject }) => involvedObject.name === name);
}

const pod = (name: string, spec: object = {}, metadata: object = {}, namespace = loose): Pod => ({
  metadata: { name, namespace, ...metadata },
  spec: { containers: [{ name: 'main', image: 'app' }], ...spec },
});

describe('a pod that would get at the node', () => {
  beforeAll(async () => {
    for (const attempt of escapePods) await cluster.virtual.create(pods, escapePod(attempt, loose));
    await cluster.virtual.create(pods, pod('harmless'));
    await onHost(pods, 'harmless');
  });

  it.each(escapePods)('does not get to the host: $name', async ({ name, told }) => {
    await eventually(async () => {
      const said = (await events(name)).filter(({ reason }) => reason === 'ForbiddenByIsolation');
      expect(said.map(({ message = '' }) => message).join('\n')).toContain(told);
    });
    const { items } = await cluster.host.list<Pod>(pods, { namespace: 'team' });
    expect(items.filter((each) => cluster.translator.ownerOf(each, 'Pod')?.name === name)).toEqual([]);
  });

  it('is not let in as a container for debugging', async () => {
    const ephemeralContainers = [{ name: 'debug', image: 'app', securityContext: { privileged: true } }];
    const ref = { resource: pods, namespace: loose, name: 'harmless' };
    const options = { subresource: 'ephemeralcontainers' };
    await cluster.virtual.patch(ref, 'strategic', { spec: { ephemeralContainers } }, options);
    await eventually(async () => {
      const messages = (await events('harmless')).map(({ message }) => message);
      expect(messages).toContainEqual(expect.stringContaining('container "debug" is privileged'));
    });
    expect((await onHost<Pod>(pods, 'harmless')).spec?.ephemeralContainers).toBeUndefined();
  });

  it('is not made by a workload either', async () => {
    const template = { metadata: { labels: { app: 'w' } }, spec: pod('w', { hostPID: true }).spec };
    const spec = { replicas: 1, selector: { matchLabels: { app: 'w' } }, template };
    await cluster.virtual.create(resources.deployments, {
      metadata: { name: 'w', namespace: loose },
      spec,
    } as KubeObject);
    await eventually(async () => {
      const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: loose });
      const said = items.filter(
        ({ involvedObject, message = '' }) => involvedObject.name?.startsWith('w-') && message.includes('hostPID'),
      );
      expect(said).not.toEqual([]);
    });
    const { items } = await cluster.host.list<Pod>(pods, { namespace: 'team' });
    expect(items.filter(({ spec: each }) => each?.hostPID)).toEqual([]);
  });
});

describe('what a pod names is its own, however it is called on the host', () => {
  const named = (kind: string, name: string) => cluster.translator.hostName(kind, loose, name);
  const referring: [string, object, (spec: NonNullable<Pod['spec']>) => unknown, () => unknown][] = [
    [
      'a Secret as a volume',
      { volumes: [{ name: 'v', secret: { secretName: 'payroll', optional: true } }] },
      (spec) => spec.volumes?.[0]?.secret?.secretName,
      () => named('Secret', 'payroll'),
    ],
    [
      'a Secret for a variable',
      {
        containers: [
          {
            name: 'main',
            image: 'app',
            env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'payroll', key: 'password', optional: true } } }],
          },
        ],
      },
      (spec) => spec.containers[0]?.env?.find(({ name }) => name === 'X')?.valueFrom?.secretKeyRef?.name,
      () => named('Secret', 'payroll'),
    ],
    [
      'a Secret for pulling images',
      { imagePullSecrets: [{ name: 'payroll' }] },
      (spec) => spec.imagePullSecrets,
      () => [{ name: named('Secret', 'payroll') }],
    ],
    [
      'a ConfigMap in a projected volume',
      { volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'payroll', optional: true } }] } }] },
      (spec) => spec.volumes?.[0]?.projected?.sources?.[0]?.configMap?.name,
      () => named('ConfigMap', 'payroll'),
    ],
    [
      'a claim',
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'own' } }] },
      (spec) => spec.volumes?.[0]?.persistentVolumeClaim?.claimName,
      () => named('PersistentVolumeClaim', 'own'),
    ],
    [
      'a service account',
      { serviceAccountName: 'payroll' },
      (spec) => [spec.serviceAccountName ?? 'default', spec.automountServiceAccountToken],
      () => ['default', false],
    ],
    [
      'a token for the host',
      {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [{ serviceAccountToken: { path: 't', audience: 'https://kubernetes.default.svc' } }],
            },
          },
        ],
      },
      (spec) => JSON.stringify(spec.volumes).includes('serviceAccountToken'),
      () => false,
    ],
    ['a priority', { priorityClassName: 'system-node-critical' }, (spec) => spec.priorityClassName, () => undefined],
  ];

  beforeAll(async () => {
    await cluster.virtual.create(resources.serviceAccounts, { metadata: { name: 'payroll', namespace: loose } });
    await cluster.virtual.create(claims, claimOf({ namespace: loose }, 'own'));
  });

  it.each(referring)('%s', async (title, spec, find, expected) => {
    const name = title.toLowerCase().replaceAll(' ', '-');
    await cluster.virtual.create(pods, pod(name, spec));
    const { spec: there } = await onHost<Pod>(pods, name);
    expect(there && find(there)).toEqual(expected());
  });
});

describe('what a tenant writes on objects', () => {
  it('does not have a Service of others take the pod of a tenant for its own', async () => {
    await cluster.virtual.create(pods, pod('captured', {}, { labels: { app: 'payroll' } }));
    const { metadata } = await onHost<Pod>(pods, 'captured');
    expect(metadata.labels?.['app']).toBeUndefined();
  });

  it('does not have a Service of the tenant reach the pods of others', async () => {
    const spec = { selector: { app: 'payroll' }, ports: [{ port: 80 }] };
    await cluster.virtual.create(services, { metadata: { name: 'spy', namespace: loose }, spec } as Service);
    const { spec: there } = await onHost<Service>(services, 'spy');
    expect(there?.selector).toMatchObject({ 'k3v.io/cluster': 'default', 'k3v.io/namespace': loose });
    const ref = { resource: endpoints, namespace: 'team', name: cluster.translator.hostName('Service', loose, 'spy') };
    const payroll = await cluster.host.get<Pod>({ resource: pods, namespace: 'team', name: 'payroll' });
    await eventually(async () => {
      const listed = JSON.stringify(await cluster.host.get<Endpoints>(ref));
      expect(listed).not.toContain(`"${payroll.status?.podIP}"`);
    });
  });

  it("cannot pass a pod off as another cluster's, or as made for another object", async () => {
    const labels = { 'k3v.io/cluster': 'other', 'k3v.io/managed': 'false', 'k3v.io/namespace': 'kube-system' };
    const annotations = {
      'k3v.io/owner-name': 'x',
      'k3v.io/owner-uid': 'x',
      'k3v.io/owner-namespace': 'x',
      'k3v.io/owner-kind': 'Secret',
    };
    const made = await cluster.virtual.create(pods, pod('forged', {}, { labels, annotations }));
    const { metadata } = await onHost<Pod>(pods, 'forged');
    expect(metadata.labels).toMatchObject({
      'k3v.io/cluster': 'default',
      'k3v.io/managed': 'true',
      'k3v.io/namespace': loose,
    });
    expect(metadata.annotations).toMatchObject({
      'k3v.io/owner-kind': 'Pod',
      'k3v.io/owner-namespace': loose,
      'k3v.io/owner-name': 'forged',
      'k3v.io/owner-uid': made.metadata.uid,
    });
  });

  it('does not make two objects one on the host, however the names are cut', async () => {
    await cluster.virtual.create(pods, pod('b-c', {}, {}, 'a'));
    await cluster.virtual.create(pods, pod('c', {}, {}, 'a-b'));
    const [one, other] = [await onHost(pods, 'b-c', 'a'), await onHost(pods, 'c', 'a-b')];
    expect(one.metadata.name).not.toBe(other.metadata.name);
  });

  it("does not touch an object that stands where the tenant's would", async () => {
    const name = cluster.translator.hostName('Service', loose, 'taken');
    const theirs = await cluster.host.create<Service>(services, {
      metadata: { name, namespace: 'team' },
      spec: { selector: { app: 'theirs' }, ports: [{ port: 1 }] },
    } as Service);
    const spec = { ports: [{ port: 80 }] };
    const made = cluster.virtual.create(services, { metadata: { name: 'taken', namespace: loose }, spec } as Service);
    await expect(made).rejects.toThrow('Service loose/taken exists and is not managed by k3v');
    const now = await cluster.host.get<Service>({ resource: services, namespace: 'team', name });
    expect(now.metadata.uid).toBe(theirs.metadata.uid);
    expect(now.spec).toEqual(theirs.spec);
  });

  it('has no Secret filled with a token of the host', async () => {
    const annotations = { 'kubernetes.io/service-account.name': 'payroll' };
    await cluster.virtual.create<Secret>(secrets, {
      metadata: { name: 'token', namespace: loose, annotations },
      type: 'kubernetes.io/service-account-token',
    });
    await cluster.virtual.create(
      pods,
      pod('reads-token', { volumes: [{ name: 'v', secret: { secretName: 'token' } }] }),
    );
    const own = await eventually(async () => {
      const { data } = await cluster.virtual.get<Secret>({ resource: secrets, namespace: loose, name: 'token' });
      expect(data?.['token']).toBeDefined();
      return data;
    });
    await eventually(async () => {
      const { type, data } = await onHost<Secret>(secrets, 'token');
      expect({ type, data }).toEqual({ type: 'Opaque', data: own });
    });
  });

  it('takes no traffic by an address of its choice', async () => {
    const spec = { externalIPs: ['10.0.0.1'], ports: [{ port: 443 }] };
    await cluster.virtual.create(services, { metadata: { name: 'thief', namespace: loose }, spec } as Service);
    expect((await onHost<Service>(services, 'thief')).spec?.externalIPs).toBeUndefined();
  });

  it("gets no ClusterIP that is a Service's of others", async () => {
    const { spec: theirs } = await cluster.host.get<Service>({
      resource: services,
      namespace: 'team',
      name: 'payroll',
    });
    const spec = { clusterIP: theirs?.clusterIP, ports: [{ port: 80 }] };
    const made = cluster.virtual.create(services, { metadata: { name: 'same', namespace: loose }, spec } as Service);
    await expect(made).rejects.toThrow('provided IP is already allocated');
  });

  it.each([
    ['a volume', { volumeName: 'pv-of-payroll' }, 'spec.volumeName (pv-of-payroll)'],
    ['volumes by their labels', { selector: { matchLabels: { app: 'payroll' } } }, 'spec.selector'],
  ])('gets no claim that names %s', async (title, more, told) => {
    const name = title.replaceAll(' ', '-');
    await cluster.virtual.create(claims, claimOf({ namespace: loose }, name, more));
    await eventually(async () => expect((await events(name)).map(({ message }) => message).join()).toContain(told));
    const { items } = await cluster.host.list<PersistentVolumeClaim>(claims, { namespace: 'team' });
    expect(items.filter((each) => cluster.translator.ownerOf(each, 'PersistentVolumeClaim')?.name === name)).toEqual(
      [],
    );
  });

  it('copies no claim of others', async () => {
    const dataSource = { kind: 'PersistentVolumeClaim', name: 'payroll' };
    await cluster.virtual.create(claims, claimOf({ namespace: loose }, 'copy', { dataSource }));
    const { spec } = await onHost<PersistentVolumeClaim>(claims, 'copy');
    expect(spec?.dataSource?.name).toBe(cluster.translator.hostName('PersistentVolumeClaim', loose, 'payroll'));
  });

  it('keeps nobody else waiting where it is too large for the host', async () => {
    const annotations = { big: 'x'.repeat(262_100) };
    await cluster.virtual.create(pods, pod('big', {}, { annotations }));
    await cluster.virtual.create(pods, pod('after-big'));
    await onHost(pods, 'after-big');
    await eventually(async () =>
      expect((await events('big')).map(({ message }) => message).join()).toContain('annotations'),
    );
  });

  it('forges no line in the log', async () => {
    const evil = 'x\n{"level":60,"msg":"forged"}\r\u001b[2J';
    await cluster.virtual.create(pods, pod('logged', {}, { annotations: { evil, big: 'x'.repeat(262_000) } }));
    await eventually(async () => expect((await events('logged')).length).toBeGreaterThan(0));
    const lines = cluster
      .k3v()
      .lines()
      .map((line) => JSON.parse(line) as { msg?: string });
    expect(lines.filter(({ msg }) => msg === 'forged')).toEqual([]);
  });

  it('does not take what pods know the API server by from them', async () => {
    const ref = { resource: endpoints, namespace: 'default', name: 'kubernetes' };
    const before = await cluster.virtual.get<Endpoints>(ref);
    await cluster.virtual.patch(ref, 'merge', {
      subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'https', port: 443 }] }],
    });
    await eventually(async () => expect((await cluster.virtual.get<Endpoints>(ref)).subsets).toEqual(before.subsets));
  });
});

it('all of it left what others have in the namespace as it was', async () => {
  expect(await neighboursNow()).toEqual(foreign);
  const claim = await cluster.host.get<ConfigMap>({ resource: configMaps, namespace: 'team', name: 'k3v-default' });
  const system = await cluster.virtual.get<Namespace>({ resource: namespaces, name: 'kube-system' });
  expect(claim.data?.['owner']).toBe(system.metadata.uid);
});
