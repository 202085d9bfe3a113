import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

type Kubectl = Awaited<ReturnType<typeof kubectlFor>>;

let folder: string;
let embedded: Awaited<ReturnType<typeof startEmbeddedHost>>;
let host: Kubectl;
/** Of what k3v may do there. */
let hostKubeconfig: string;
let virtual: Kubectl;
let k3v: K3vProcess | undefined;
const startAt = async (at: string, port: string, ...more: string[]) => {
  const where = ['--kubeconfig', hostKubeconfig, '--namespace', 'team', '--listen-port', port];
  return await startK3v(at, [...where, '--disable', 'coredns', ...more]);
};
const start = async (at: string) => (k3v = await startAt(at, '27511'));
let copy: K3vProcess | undefined;
const kinds = 'configmaps,secrets,services,persistentvolumeclaims,deployments,pods';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-e2e-snapshot-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  embedded = await startEmbeddedHost({ ...environment, dataDir: folder }, new AbortController().signal);
  host = await kubectlFor(embedded.kubeconfigPath);
  await host('create', 'namespace', 'team');
  const role = { hostKubeconfig: embedded.kubeconfigPath, namespace: 'team', folder };
  hostKubeconfig = (await applyHostRole(role)).kubeconfig;
  await start(folder);
  virtual = await kubectlFor(join(folder, 'kubeconfig.yaml'));
});

afterAll(async () => {
  await copy?.end('SIGTERM');
  await k3v?.end('SIGTERM');
  await embedded?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Seen {
  kind: string;
  metadata: { namespace: string; name: string; uid: string; annotations?: Record<string, string> };
  spec?: { clusterIP?: string; selector?: unknown };
  data?: unknown;
}

async function list(kubectl: Kubectl, ...where: string[]): Promise<Seen[]> {
  const { items } = JSON.parse(await kubectl('get', kinds, ...where, '-o', 'json')) as { items: Seen[] };
  return items;
}

/** Every object of the tenant's namespace, by identity and content. Of pods of a Deployment only how many there are: they may be replaced. */
async function virtualWorld(kubectl = virtual): Promise<unknown> {
  const items = (await list(kubectl, '-n', 'shop')).filter(({ metadata }) => !metadata.name.startsWith('noise'));
  return {
    objects: items
      .filter(({ kind }) => kind !== 'Pod')
      .map(({ kind, metadata: { name, uid }, data, spec }) => [kind, name, uid, data, spec?.clusterIP, spec?.selector]),
    pods: items.filter(({ kind }) => kind === 'Pod').length,
  };
}

/** Every host object of the virtual cluster but its pods is of an object that the virtual cluster has, with its content. */
async function auditHost(kubectl = virtual, id = 'default'): Promise<void> {
  const items = await list(host, '-n', 'team', '-l', `k3v.io/cluster=${id}`);
  const owned = items.filter(({ metadata }) => metadata.annotations?.['k3v.io/owner-namespace'] === 'shop');
  const there = await list(kubectl, '-n', 'shop');
  for (const { kind, metadata, data, spec } of owned) {
    const annotations = metadata.annotations ?? {};
    if (annotations['k3v.io/owner-kind'] !== kind) continue;
    const owner = there.find((each) => each.kind === kind && each.metadata.name === annotations['k3v.io/owner-name']);
    expect(owner?.metadata.uid, `${kind} ${metadata.name}`).toBe(annotations['k3v.io/owner-uid']);
    // Only a Service has an address.
    expect([data, spec?.clusterIP]).toEqual([owner?.data, owner?.spec?.clusterIP]);
  }
  const ofKind = (kind: string) =>
    owned
      .filter((each) => each.metadata.annotations?.['k3v.io/owner-kind'] === kind)
      .map(({ metadata }) => metadata.annotations?.['k3v.io/owner-name'] ?? '')
      .toSorted();
  expect(ofKind('Service')).toEqual(['edited', 'gone', 'unchanged']);
  expect(ofKind('ConfigMap')).toContain('settings');
  expect(ofKind('Pod')).toHaveLength(2);
}

const patience = { timeoutMs: 90_000, everyMs: 500 };
let before: unknown;
let caBefore: string;

async function expectAsSaved(): Promise<void> {
  await eventually(async () => {
    expect(await virtualWorld()).toEqual(before);
    await auditHost();
  }, patience);
}

it('is saved while writes go on, and brings both sides back after all kinds of changes and a kill -9', async () => {
  await virtual('create', 'namespace', 'shop');
  await virtual('-n', 'shop', 'create', 'configmap', 'settings', '--from-literal=colour=blue');
  await virtual('-n', 'shop', 'create', 'deployment', 'web', '--image=nginx', '--replicas=2');
  const volumes = [{ name: 'settings', configMap: { name: 'settings' } }];
  const patch = { spec: { template: { spec: { volumes } } } };
  await virtual('-n', 'shop', 'patch', 'deployment', 'web', '-p', JSON.stringify(patch));
  for (const name of ['unchanged', 'edited', 'gone']) {
    await virtual('-n', 'shop', 'create', 'service', 'clusterip', name, '--tcp=80');
  }
  await virtual('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=90s');
  await eventually(async () => expect(await virtualWorld()).toMatchObject({ pods: 2 }), patience);
  await eventually(auditHost, patience);
  before = await virtualWorld();
  caBefore = await readFile(join(folder, 'k3v-data/pki/ca.crt'), 'utf8');

  let writing = true;
  const writes = (async () => {
    for (let index = 0; writing; index++) await virtual('-n', 'shop', 'create', 'configmap', `noise-${index}`);
  })();
  const saved = await runK3v(folder, ['snapshot', 'save', 'one']);
  writing = false;
  await writes;
  expect(saved.stderr).not.toContain('Warning');
  expect(saved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('one.tar.gz') });
  expect((await runK3v(folder, ['snapshot', 'restore', 'one'])).stderr).toContain('DATA_DIR_LOCKED');
  const listed = await runK3v(folder, ['snapshot', 'list', '-o', 'json']);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'one', whole: true, id: 'default' }]);

  await virtual('-n', 'shop', 'delete', 'service', 'gone');
  await virtual('-n', 'shop', 'patch', 'service', 'edited', '-p', '{"spec":{"selector":{"app":"other"}}}');
  await virtual('-n', 'shop', 'create', 'service', 'clusterip', 'new', '--tcp=80');
  await virtual('-n', 'shop', 'patch', 'configmap', 'settings', '-p', '{"data":{"colour":"red"}}');
  await virtual('-n', 'shop', 'scale', 'deployment', 'web', '--replicas=4');
  await virtual('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=90s');
  await k3v?.end('SIGKILL');
  await host('-n', 'team', 'delete', 'service', '-l', 'k3v.io/cluster=default');
  const restored = await runK3v(folder, ['snapshot', 'restore', 'one']);
  expect(restored).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('before-restore-') });
  await start(folder);
  await expectAsSaved();
});

it('comes up in a second, empty data directory, as on another machine, with the same keys', async () => {
  await virtual('-n', 'shop', 'delete', 'service', 'gone');
  await virtual('-n', 'shop', 'scale', 'deployment', 'web', '--replicas=1');
  await k3v?.end('SIGTERM');
  const other = join(folder, 'other');
  await mkdir(other);
  const file = join(folder, 'k3v-data/snapshots/one.tar.gz');
  expect(await runK3v(other, ['snapshot', 'restore', file])).toMatchObject({ exitCode: 0 });
  await start(other);
  virtual = await kubectlFor(join(other, 'kubeconfig.yaml'));
  expect(await readFile(join(other, 'k3v-data/pki/ca.crt'), 'utf8')).toBe(caBefore);
  await expectAsSaved();
});

it('runs under another id beside the one that it is of, as a copy with addresses of its own', async () => {
  const beside = join(folder, 'copy');
  await mkdir(beside);
  const file = join(folder, 'k3v-data/snapshots/one.tar.gz');
  const refused = await runK3v(beside, ['snapshot', 'restore', file, '--id', 'copy']);
  expect(refused.stderr).toContain('SNAPSHOT_OTHER_ID');
  const restored = await runK3v(beside, ['snapshot', 'restore', file, '--id', 'copy', '--any-id']);
  expect(restored).toMatchObject({ exitCode: 0 });
  copy = await startAt(beside, '27513', '--id', 'copy');
  const virtualCopy = await kubectlFor(copy.kubeconfig);
  await eventually(async () => await auditHost(virtualCopy, 'copy'), patience);
  const addresses = async (kubectl: Kubectl) =>
    (await list(kubectl, '-n', 'shop')).flatMap(({ spec }) => spec?.clusterIP ?? []);
  const [there, here] = await Promise.all([addresses(virtual), addresses(virtualCopy)]);
  expect(here).toHaveLength(3);
  expect(there.filter((address) => here.includes(address))).toEqual([]);
  await expectAsSaved();
});
