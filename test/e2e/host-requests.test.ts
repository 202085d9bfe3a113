import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ifFound } from '../../src/kube/errors.ts';
import {
  type ConfigMap,
  type Deployment,
  type Endpoints,
  type KubeObject,
  type Namespace,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  type Secret,
  type Service,
  resources,
} from '../../src/kube/types.ts';
import { marks } from '../../src/translate/translator.ts';
import { eventually } from '../support/eventually.ts';
import type { ProxiedCall } from '../support/fault-proxy.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { type ProxiedCluster, startProxiedCluster } from '../support/proxied-cluster.ts';

interface Role {
  kind: string;
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

const { pods, services, endpoints, configMaps, secrets, persistentVolumeClaims: claims } = resources;
const kinds = [pods, services, endpoints, configMaps, secrets, claims];
const patience = { timeoutMs: 60_000, everyMs: 200 };
/** What anybody may ask of an API server. */
const everybodys = ['create authorization.k8s.io/selfsubjectrulesreviews'];

/**
 * Since 1.36 an API server compares what a pod is resized to with the capacity of its node, which k3v knows only where it may read nodes: real-pods.test.ts has such
 * a host.
 */
const withNodes = ['patch /pods/resize'];

let cluster: ProxiedCluster;

beforeAll(async () => {
  // The way to pods that takes more of the host.
  const flags = ['--host-network', 'port-forward'];
  cluster = await startProxiedCluster({ port: 27_540, proxyPort: 27_541, flags });
  await session();
});

afterAll(async () => await cluster?.stop());

const inShop = (name: string) => ({ name, namespace: 'shop' });
const refTo = (resource: Resource, name: string) => ({ resource, namespace: 'shop', name });
const refOnHost = (resource: Resource, name: string) => ({
  resource,
  namespace: 'team',
  // Endpoints have the name of their Service.
  name: cluster.translator.hostName((resource === endpoints ? services : resource).kind, 'shop', name),
});

/** Runs kubectl as the tenant, for no more than 5 s. What becomes of a stream is nothing to simulated pods. */
async function stream(words: string, env: Record<string, string> = {}): Promise<void> {
  const args = ['--kubeconfig', cluster.k3v().kubeconfig, '-n', 'shop', ...words.split(' ')];
  await execa(await kubectlProgram(), args, { reject: false, timeout: 5_000, env, stdin: 'ignore' });
}

async function makeAll(): Promise<void> {
  const { virtual, host } = cluster;
  await virtual.create<Namespace>(resources.namespaces, { metadata: { name: 'shop' } });
  const account = { ...refTo(resources.serviceAccounts, 'default') };
  await eventually(async () => await virtual.get(account), patience);
  await virtual.create<ConfigMap>(configMaps, { metadata: inShop('one'), data: { a: '1' } });
  await virtual.create<Secret>(secrets, { metadata: inShop('one'), stringData: { b: '2' } });
  await virtual.create<PersistentVolumeClaim>(claims, {
    metadata: inShop('one'),
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  await virtual.create<Service>(services, { metadata: inShop('one'), spec: { ports: [{ port: 80 }] } });
  await virtual.create<Endpoints>(endpoints, {
    metadata: inShop('one'),
    subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80 }] }],
  });
  const labels = { app: 'web' };
  const container = {
    name: 'main',
    image: 'nginx',
    envFrom: [{ configMapRef: { name: 'one' } }, { secretRef: { name: 'one' } }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const spec = {
    containers: [container],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'one' } }],
    readinessGates: [{ conditionType: 'example.com/gate' }],
  };
  await virtual.create<Pod>(pods, { metadata: { ...inShop('one'), labels }, spec });
  await virtual.create<Deployment>(resources.deployments, {
    metadata: inShop('web'),
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } },
    },
  });
  for (const resource of kinds) await eventually(async () => await host.get(refOnHost(resource, 'one')), patience);
  await eventually(
    async () => expect((await virtual.get<Pod>(refTo(pods, 'one'))).status?.phase).toBe('Running'),
    patience,
  );
}

/** Changes all of it, in all ways that there are. */
async function changeAll(): Promise<void> {
  const { virtual, host } = cluster;
  const isOnHost = async (resource: Resource, wanted: object) =>
    await eventually(async () => expect(await host.get(refOnHost(resource, 'one'))).toMatchObject(wanted), patience);
  for (const resource of kinds) {
    await virtual.patch(refTo(resource, 'one'), 'merge', { metadata: { labels: { changed: 'yes' } } });
    await isOnHost(resource, { metadata: { labels: { 'v.k3v.io/changed': 'yes' } } });
  }
  // That all is well is what simulated nodes say of every gate.
  const conditions = [{ type: 'example.com/gate', status: 'False', reason: 'Tested' }];
  await virtual.patch(refTo(pods, 'one'), 'strategic', { status: { conditions } }, { subresource: 'status' });
  const isGateShut = async () =>
    expect((await host.get<Pod>(refOnHost(pods, 'one'))).status?.conditions).toContainEqual(
      expect.objectContaining(conditions[0]),
    );
  await eventually(isGateShut, patience);
  await stream('debug one --image=busybox --container=probe --profile=baseline -- true');
  await isOnHost(pods, { spec: { ephemeralContainers: [{ name: 'probe' }] } });
}

/** As clients in browsers do, with the protocol before kubectl's: it is this that API servers pass on to kubelets as it is. */
async function openWebSocket(what: string): Promise<void> {
  const { answer, upgraded } = await cluster.virtual.raw.upgrade({
    method: 'GET',
    path: `/api/v1/namespaces/shop/pods/one/${what}&stdout=true`,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': 'v4.channel.k8s.io',
    },
  });
  answer.destroy();
  upgraded?.socket.destroy();
}

/** By each of the ways in which clients speak to an API server. */
async function openStreams(): Promise<void> {
  for (const what of ['exec?command=true', 'attach?container=main']) await openWebSocket(what);
  for (const words of ['exec one -- true', 'attach one', 'port-forward one :80']) {
    await stream(words);
    await stream(words, { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' });
  }
  await stream('logs one');
  await stream('get --raw /api/v1/namespaces/shop/pods/one:80/proxy/');
}

/** Has an admin of the host take the marks off, by which k3v knows its objects: it has to ask for them by name. */
async function hideAll(): Promise<void> {
  const { host } = cluster;
  for (const resource of kinds) {
    const ref = refOnHost(resource, 'one');
    await host.patch(ref, 'merge', { metadata: { labels: { [marks.managedLabel]: null } } });
    const isMarked = async () =>
      expect((await host.get<KubeObject>(ref)).metadata.labels?.[marks.managedLabel]).toBe('true');
    await eventually(isMarked, patience);
  }
}

async function deleteAll(): Promise<void> {
  const { virtual, host } = cluster;
  // With the Service a controller of the host deletes them, too; where the Service stays, k3v alone does.
  const nameOnly = { spec: { type: 'ExternalName', externalName: 'web.example' } };
  await virtual.patch(refTo(services, 'one'), 'merge', nameOnly);
  await eventually(async () => expect(await ifFound(host.get(refOnHost(endpoints, 'one')))).toBeUndefined(), patience);
  for (const resource of [resources.deployments, ...kinds.toReversed()]) {
    await virtual.delete(refTo(resource, resource === resources.deployments ? 'web' : 'one'));
  }
  for (const resource of kinds) {
    const { namespace, name } = refOnHost(resource, 'one');
    const left = async () =>
      (await host.list(resource, { namespace })).items.filter(({ metadata }) => metadata.name === name);
    await eventually(async () => expect(await left()).toEqual([]), patience);
  }
}

/** All that a tenant does in a day, with a restart of k3v in between. */
async function session(): Promise<void> {
  await makeAll();
  await changeAll();
  await openStreams();
  await hideAll();
  await cluster.restart();
  await deleteAll();
}

const rightOf = ({ verb, group = '', plural = '', subresource }: ProxiedCall) =>
  `${verb} ${group}/${[plural, ...(subresource === undefined ? [] : [subresource])].join('/')}`;

const isOfObjects = ({ verb }: ProxiedCall) => verb !== 'other';

function grantedRights(): string[] {
  const roles = parseAllDocuments(cluster.printed).map((document) => document.toJS() as Role);
  expect(roles.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding']);
  return roles.flatMap(({ rules }) =>
    (rules ?? []).flatMap(({ apiGroups, resources: plurals, verbs }) =>
      plurals.flatMap((plural) => verbs.map((verb) => `${verb} ${apiGroups.join()}/${plural}`)),
    ),
  );
}

describe('what k3v asks of its host in a busy run, with the Role that host-role prints', () => {
  it('is in the Role', () => {
    const used = new Set(cluster.proxy.calls.filter(isOfObjects).map(rightOf));
    const granted = new Set([...grantedRights(), ...everybodys]);
    expect([...used].filter((right) => !granted.has(right))).toEqual([]);
  });

  it('is all that is in the Role', () => {
    const used = new Set(cluster.proxy.calls.filter(isOfObjects).map(rightOf));
    expect(grantedRights().filter((right) => !used.has(right))).toEqual(withNodes);
  });

  it('is otherwise what any API server tells anybody of itself', () => {
    const others = cluster.proxy.calls
      .filter((call) => !isOfObjects(call))
      .map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(others)].filter((each) => !/^GET \/(version|apis?\/[^?]*)$/.test(each))).toEqual([]);
  });

  it('is never refused', () => {
    const refused = cluster.proxy.calls.filter(({ code }) => code === 401 || code === 403);
    expect(refused.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('is of one namespace', () => {
    const elsewhere = cluster.proxy.calls.filter(
      (call) =>
        isOfObjects(call) && !call.path.startsWith('/api/v1/namespaces/team/') && !everybodys.includes(rightOf(call)),
    );
    expect(elsewhere.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });
});
