import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ConfigMap,
  type Ingress,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type PriorityClass,
  type Resource,
  type Secret,
  type Service,
  resources,
} from '../../src/kube/types.ts';
import { clientOf } from '../support/client-of.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { launchK3v, runK3v } from '../support/k3v-process.ts';

const { configMaps, endpoints, ingresses, persistentVolumeClaims: claims, pods, priorityClasses } = resources;
const { secrets, services } = resources;
const kinds = [pods, services, endpoints, configMaps, secrets, claims, ingresses];
const hostNamespace = 'team';
const strangers = ['configmaps/copy', 'configmaps/kube-root-ca.crt', 'configmaps/of-an-admin', 'pods/of-an-admin'];
/** Another name than those that k3v is known by. */
const tenantServer = 'https://127.0.0.2:27560';
const longMs = 400_000;

let cluster: EmbeddedCluster;
let args: string[];
/** Elsewhere, so that the data directory is not found by default. */
let elsewhere: string;

beforeAll(async () => {
  const secret = ['--write-kubeconfig-secret', 'tenant', '--kubeconfig-secret-server', tenantServer];
  const flags = ['--sync', 'ingresses', '--sync', 'priorityclasses', ...secret];
  cluster = await startEmbeddedCluster(27_560, { extras: ['ingresses', 'priorityclasses'], flags });
  elsewhere = await mkdtemp(join(tmpdir(), 'k3v-elsewhere-'));
  args = ['--kubeconfig', cluster.args[cluster.args.indexOf('--kubeconfig') + 1] ?? '', '--namespace', hostNamespace];
});

afterAll(async () => {
  await cluster?.stop();
  await rm(elsewhere, { recursive: true, force: true });
});

const uninstall = async (...more: string[]) => await runK3v(cluster.folder, ['uninstall', ...args, ...more]);
const inDefault = (name: string) => ({ name, namespace: 'default' });
const refTo = (resource: Resource, name: string) => ({ resource, namespace: hostNamespace, name });

/** Names of all that there is in the host namespace, but for what its own controllers keep there. */
async function standing(): Promise<string[]> {
  const lists = await Promise.all(
    kinds.map(async (resource) => {
      const { items } = await cluster.host.list<KubeObject>(resource, { namespace: hostNamespace });
      return items.map(({ metadata }) => `${resource.plural}/${metadata.name}`);
    }),
  );
  return lists.flat().toSorted();
}

/** Makes something of each kind in the virtual cluster, and waits until it is on the host. */
async function makeAll(): Promise<void> {
  const { virtual, host, translator } = cluster;
  await eventually(async () => await virtual.get({ resource: resources.serviceAccounts, ...inDefault('default') }));
  await virtual.create<ConfigMap>(configMaps, { metadata: inDefault('one') });
  await virtual.create<Secret>(secrets, { metadata: inDefault('one') });
  await virtual.create<PersistentVolumeClaim>(claims, {
    metadata: inDefault('one'),
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  await virtual.create<Service>(services, { metadata: inDefault('one'), spec: { ports: [{ port: 80 }] } });
  await virtual.create<Ingress>(ingresses, {
    metadata: inDefault('one'),
    spec: { defaultBackend: { service: { name: 'one', port: { number: 80 } } } },
  });
  await virtual.create<PriorityClass>(priorityClasses, { metadata: { name: 'high' }, value: 7 });
  await virtual.create<Pod>(pods, {
    metadata: inDefault('one'),
    spec: {
      containers: [
        { name: 'main', image: 'nginx', envFrom: [{ configMapRef: { name: 'one' } }, { secretRef: { name: 'one' } }] },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'one' } }],
    },
  });
  for (const resource of kinds) {
    const kind = resource === endpoints ? 'Service' : resource.kind;
    await eventually(async () => await host.get(refTo(resource, translator.hostName(kind, 'default', 'one'))), {
      timeoutMs: 60_000,
    });
  }
}

/** Whoever may read the Secret with the tenant's kubeconfig gets in by it. */
async function expectWay(): Promise<void> {
  const { data } = await cluster.host.get<Secret>(refTo(secrets, 'tenant'));
  const file = join(elsewhere, 'tenant.yaml');
  await writeFile(file, Buffer.from(data?.['kubeconfig.yaml'] ?? '', 'base64'));
  const client = clientOf(file);
  expect(client.server).toBe(tenantServer);
  expect((await client.get<ConfigMap>({ resource: configMaps, ...inDefault('one') })).metadata.name).toBe('one');
  client.close();
}

async function priorityClassOnHost(): Promise<number> {
  const { items } = await cluster.host.list(priorityClasses, { labelSelector: 'k3v.io/cluster=default' });
  return items.length;
}

it(
  'deletes all of a virtual cluster from its host, once it no longer runs, and nothing of anybody else',
  async () => {
    const { host, translator } = cluster;
    await makeAll();
    await expectWay();
    // While it runs: seen from its own data directory, and from one that is not there, which the host alone can tell.
    expect(await uninstall('--yes')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('STILL_RUNNING') });
    const remote = ['--yes', '--sync', 'ingresses,priorityclasses', '--data-dir', join(elsewhere, 'none')];
    const refused = await uninstall(...remote);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('STILL_RUNNING') });
    expect(await cluster.k3v().end('SIGTERM')).toBe(0);

    // What is not k3v's: a ConfigMap and a pod of somebody's, and a copy of an object of k3v with all its marks.
    const original = await host.get<ConfigMap>(refTo(configMaps, translator.hostName('ConfigMap', 'default', 'one')));
    const { labels, annotations } = original.metadata;
    await host.create<ConfigMap>(configMaps, {
      metadata: { name: 'copy', namespace: hostNamespace, labels, annotations },
    });
    const theirs = { name: 'of-an-admin', namespace: hostNamespace };
    await host.create<ConfigMap>(configMaps, { metadata: theirs });
    await host.create<Pod>(pods, { metadata: theirs, spec: { containers: [{ name: 'main', image: 'nginx' }] } });

    // A data directory that was refused the id may not delete what is another's.
    const other = ['--distro', 'kubernetes', '--disable', 'coredns', '--listen-port', '27567'];
    const stranger = await runK3v(elsewhere, [...other, ...args]);
    expect(stranger).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ID_TAKEN') });
    const standingThen = await standing();
    const foreign = await runK3v(elsewhere, ['uninstall', '--yes', ...args]);
    expect(foreign).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ID_TAKEN') });
    expect(await standing()).toEqual(standingThen);

    // Nobody is there to ask.
    expect(await uninstall()).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/FLAG_INVALID.*--yes/s) });
    const before = await standing();
    const shown = await uninstall('--dry-run');
    expect(shown).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ pods +1\n/) });
    expect(shown.stdout).toMatch(/ ingresses.networking.k8s.io +1\n/);
    expect(shown.stdout).toMatch(/ the kubeconfig of its tenant +1\n/);
    expect(shown.stdout).toContain('it has its label: configmaps/copy');
    expect(await standing()).toEqual(before);

    // A finalizer that nobody takes off; and then half of it has gone already.
    const held = refTo(secrets, translator.hostName('Secret', 'default', 'one'));
    await host.patch(held, 'merge', { metadata: { finalizers: ['example.com/hold'] } });
    const incomplete = await uninstall('--yes', '--timeout', '10s');
    expect(incomplete.exitCode).toBe(1);
    expect(incomplete.stderr).toContain('UNINSTALL_INCOMPLETE');
    expect(incomplete.stderr).toContain(`secrets/${held.name} waits for the finalizer example.com/hold`);
    const records = ['configmaps/k3v-default', 'secrets/tenant'];
    expect(await standing()).toEqual([...strangers, ...records, `secrets/${held.name}`].toSorted());
    expect(await priorityClassOnHost()).toBe(0);

    // The data directory has gone, too, as far as this run can see.
    await host.patch(held, 'merge', { metadata: { finalizers: null } });
    const rest = await uninstall('--yes', '--data-dir', join(elsewhere, 'none'));
    expect(rest).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('"default" is gone from namespace team'),
    });
    expect(await standing()).toEqual(strangers);
    expect(await readdir(cluster.folder)).toContain('k3v-data');

    // The data directory goes only if asked, and without what is not k3v's.
    await writeFile(join(cluster.folder, 'k3v-data', 'notes.txt'), 'mine');
    const data = await uninstall('--yes', '--delete-data');
    expect(data).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("not k3v's: notes.txt") });
    expect(await readdir(join(cluster.folder, 'k3v-data'))).toEqual(['notes.txt']);
    expect(await uninstall('--yes')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing of "default"'),
    });
  },
  longMs,
);

it(
  'that is killed is gone on with, and a cluster that starts after it is a new one',
  async () => {
    await rm(join(cluster.folder, 'k3v-data'), { recursive: true });
    await cluster.start();
    const { host, translator } = cluster;
    const held = refTo(services, translator.hostName('Service', 'default', 'kubernetes'));
    await eventually(async () => await host.get(held));
    await cluster.k3v().end('SIGTERM');
    await host.patch(held, 'merge', { metadata: { finalizers: ['example.com/hold'] } });
    const killed = launchK3v(cluster.folder, ['uninstall', ...args, '--yes']);
    const isAsked = async () => expect(await host.get(held)).toHaveProperty('metadata.deletionTimestamp');
    await eventually(isAsked, { timeoutMs: 60_000 });
    killed.kill('SIGKILL');
    await killed;
    expect(await standing()).toContain('configmaps/k3v-default');
    await host.patch(held, 'merge', { metadata: { finalizers: null } });
    expect(await uninstall('--yes', '--delete-data')).toMatchObject({ exitCode: 0 });
    expect(await standing()).toEqual(strangers);
    expect(await readdir(cluster.folder)).not.toContain('k3v-data');
  },
  longMs,
);
