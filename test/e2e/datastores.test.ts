import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { ifMissing } from '../../src/if-missing.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { applyWith } from '../support/apply.ts';
import { describeOnDatastores, type TestDatastore } from '../support/describe-on-datastores.ts';
import { eventually } from '../support/eventually.ts';
import { findProcesses } from '../support/find-process.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

type Kubectl = Awaited<ReturnType<typeof kubectlFor>>;

const datastorePort = 27_600;
const listenPort = 27_610;
const patience = { timeoutMs: 120_000, everyMs: 500 };

describeOnDatastores('a virtual cluster', (startDatastore) => {
  let folder: string;
  let embedded: Awaited<ReturnType<typeof startEmbeddedHost>>;
  let datastore: TestDatastore;
  let host: Kubectl;
  /** Of what k3v may do there. */
  let hostKubeconfig: string;
  let virtual: Kubectl;
  let k3v: K3vProcess | undefined;
  const args = () => ['--kubeconfig', hostKubeconfig, '--namespace', 'team'];
  const start = async () => {
    const flags = ['--listen-port', String(listenPort), '--disable', 'coredns'];
    k3v = await startK3v(folder, [...args(), ...flags], { env: datastore.env });
    return k3v;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-e2e-datastore-'));
    datastore = await startDatastore(datastorePort);
    const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
    embedded = await startEmbeddedHost({ ...environment, dataDir: folder }, new AbortController().signal);
    host = await kubectlFor(embedded.kubeconfigPath);
    await host('create', 'namespace', 'team');
    const role = { hostKubeconfig: embedded.kubeconfigPath, namespace: 'team', folder };
    hostKubeconfig = (await applyHostRole(role)).kubeconfig;
    await start();
    virtual = await kubectlFor(join(folder, 'kubeconfig.yaml'));
  });

  afterAll(async () => {
    await k3v?.end('SIGTERM');
    await embedded?.stop();
    await datastore?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** Kind, name and resource version of all that there is of this cluster on the host. */
  const onHost = async () => {
    const path = '{range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
    return await host('get', '-n', 'team', 'pods,services,configmaps,secrets', '-o', `jsonpath=${path}`);
  };
  const uids = async () =>
    await virtual(
      'get',
      '-n',
      'shop',
      'deployments,services,configmaps,pods',
      '-o',
      'jsonpath={.items[*].metadata.uid}',
    );

  test('syncs a Deployment, a Service and a ConfigMap', async () => {
    await virtual('create', 'namespace', 'shop');
    await virtual('-n', 'shop', 'create', 'configmap', 'settings', '--from-literal=colour=blue');
    await virtual('-n', 'shop', 'create', 'service', 'clusterip', 'web', '--tcp=80');
    await virtual('-n', 'shop', 'create', 'secret', 'generic', 'key', '--from-literal=word=secret');
    const container = { name: 'main', image: 'nginx', envFrom: [{ configMapRef: { name: 'settings' } }] };
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    await applyWith(virtual, folder, [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
      },
    ]);
    await virtual('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=120s');
    await eventually(async () => {
      const names = (await onHost()).split('\n').map((line) => line.split(' ').slice(0, 2).join(' '));
      expect(names.filter((name) => /^Pod web-.*-shop-/.test(name))).toHaveLength(2);
      expect(names.filter((name) => name.startsWith('Service web-shop-'))).toHaveLength(1);
      expect(names.filter((name) => name.startsWith('ConfigMap settings-shop-'))).toHaveLength(1);
    }, patience);
  });

  test('keeps nothing in a SQLite file, and says where it keeps its objects', async () => {
    const files = await readdir(join(folder, 'k3v-data'), { recursive: true });
    expect(files.filter((file) => /\.db($|-)/.test(file))).toEqual([]);
    const { stdout } = await runK3v(folder, ['status', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ datastore: datastore.shown });
    expect(Object.keys(JSON.parse(stdout).children).toSorted()).toEqual(datastore.children);
  });

  test('shows the password neither in arguments, nor in logs, nor in any file', async () => {
    const { password } = datastore;
    if (password === undefined) return;
    const secrets = [password, encodeURIComponent(password)];
    for (const secret of secrets) expect(await findProcesses(secret)).toEqual([]);
    const files = await readdir(join(folder, 'k3v-data'), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    const texts = await Promise.all(paths.map(async (path) => await readFile(path, 'latin1').catch(ifMissing(''))));
    const shownIn = (text: string) => secrets.some((secret) => text.includes(secret));
    expect(paths.filter((_path, index) => shownIn(texts[index] ?? ''))).toEqual([]);
    expect(paths.some((path) => path.endsWith('kine.log'))).toBe(true);
    expect(k3v?.lines().filter(shownIn)).toEqual([]);
    expect(k3v?.lines().join('\n')).toContain(datastore.shown);
  });

  test('is there again after a restart, and nothing is written to the host', async () => {
    const before = await uids();
    await k3v?.end('SIGTERM');
    const hostBefore = await onHost();
    await start();
    expect(await uids()).toBe(before);
    expect(await onHost()).toBe(hostBefore);
  });

  test('comes back by itself with all its objects when the datastore was away, and its children were killed meanwhile', async () => {
    const before = await uids();
    const pid = k3v?.pid;
    const { stdout } = await runK3v(folder, ['status', '-o', 'json']);
    const children: Record<string, number> = JSON.parse(stdout).children;
    await datastore.stop();
    const lost = virtual('-n', 'shop', 'create', 'configmap', 'lost', '--request-timeout=5s');
    await expect(lost).rejects.toThrow('Command failed');
    for (const child of Object.values(children)) process.kill(child, 'SIGKILL');
    await eventually(() => expect(k3v?.lines().join('\n')).toContain('child died, restarting'), patience);
    await datastore.start();
    await eventually(async () => await virtual('-n', 'shop', 'create', 'configmap', 'after'), patience);
    expect(await uids()).toContain(before.split(' ')[0]);
    await virtual('-n', 'shop', 'scale', 'deployment/web', '--replicas=3');
    await virtual('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=120s');
    await eventually(async () => expect((await onHost()).match(/^Pod web-/gm)).toHaveLength(3), patience);
    expect(k3v?.pid).toBe(pid);
    expect((await runK3v(folder, ['status'])).exitCode).toBe(0);
  });

  test('has no snapshots, running or not, and says what to do instead', async () => {
    for (const command of [['save'], ['restore', 'one']]) {
      const refused = await runK3v(folder, ['snapshot', ...command]);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('DATASTORE_ELSEWHERE');
    }
    await k3v?.end('SIGTERM');
    expect((await runK3v(folder, ['snapshot', 'save'])).stderr).toContain('DATASTORE_ELSEWHERE');
    const elsewhere = await runK3v(folder, ['snapshot', 'save', '--data-dir', 'new'], datastore.env);
    expect(elsewhere.stderr).toContain('DATASTORE_ELSEWHERE');
  });

  test('does not start on another datastore, nor on SQLite', async () => {
    const flags = [...args(), '--listen-port', String(listenPort)];
    const sqlite = await runK3v(folder, [...flags, '--distro', 'kubernetes']);
    expect(sqlite.stderr).toContain('DATA_DIR_DATASTORE');
    const other = await runK3v(folder, flags, { K3V_DATASTORE_ENDPOINT: 'postgres://k3v:hunter2@127.0.0.1:1/other' });
    expect(other.stderr).toContain('DATA_DIR_DATASTORE');
    expect(other.stderr).not.toContain('hunter2');
  });
});
