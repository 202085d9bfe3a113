import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { writeChartArchive } from '../../packaging/release/chart-archive.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { policyLabel } from '../../src/k3k/names.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { version } from '../../src/version.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { eventually } from '../support/eventually.ts';
import { helmIn } from '../support/helm.ts';
import { kubectlFor, launchK3v } from '../support/k3v-process.ts';

const root = join(import.meta.dirname, '../..');
const chart = join(root, 'charts/k3k');
const golden = join(root, 'test/golden/chart');
const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
const forever = new AbortController().signal;
let folder: string;
let helm: Awaited<ReturnType<typeof helmIn>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-chart-'));
  helm = await helmIn(folder);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const refusal = async (...args: string[]) =>
  await helm(...args).then(
    () => 'nothing',
    (error: unknown) => String(Reflect.get(Object(error), 'stderr')),
  );

it('passes helm lint, warnings included', async () => {
  expect(await helm('lint', '--strict', chart)).toContain('1 chart(s) linted, 0 chart(s) failed');
});

it('is released as an archive with the version of k3v, and the image of that release', async () => {
  const image = 'registry.example/owner/k3v';
  const file = await writeChartArchive(folder, { chart, version: '9.8.7', image });
  const again = await mkdtemp(join(folder, 'again-'));
  await writeChartArchive(again, { chart, version: '9.8.7', image });
  expect(file).toBe('k3k-9.8.7.tgz');
  expect(await readFile(join(again, file))).toEqual(await readFile(join(folder, file)));
  const text = await helm('template', 'my-k3k', join(folder, file));
  expect(text).toContain(`image: ${image}:9.8.7`);
  expect(text).toContain(`--image=${image}:9.8.7`);
});

describe('what the chart makes of values', () => {
  it.each(['default', 'ha', 'air-gapped', 'service-monitor'])(
    'is as in test/golden/chart/%s.yaml; K3V_WRITE_GOLDEN=1 writes it',
    async (name) => {
      const values = join(golden, `${name}.values.yaml`);
      const text = await helm('template', 'my-k3k', chart, '--namespace', 'k3k-system', '--values', values);
      const documents = parseAllDocuments(text).map((each) => each.toJS() as { kind?: string });
      const definitions = documents.filter(({ kind }) => kind === 'CustomResourceDefinition');
      expect(definitions).toHaveLength(2);
      // Those have a test of their own, and thousands of lines.
      const others = documents.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'ClusterRole');
      // Which version it is says the next release.
      const made = others
        .map((each) => stringify(each, { aliasDuplicateObjects: false }).replaceAll(version, '<version>'))
        .join('---\n');
      const file = join(golden, `${name}.yaml`);
      if (process.env['K3V_WRITE_GOLDEN']) await writeFile(file, made);
      expect(made).toBe(await readFile(file, 'utf8'));
    },
  );

  it.each([
    ['controller.replica=2', "additional properties 'replica' not allowed"],
    ['controler.replicas=2', "additional properties 'controler' not allowed"],
    ['controller.replicas=0', 'minimum: got 0, want 1'],
    ['controller.replicas=two', 'got string, want integer'],
    ['controller.image.pullPolicy=Sometimes', "value must be one of '', 'Always', 'IfNotPresent', 'Never'"],
    ['host.clusterCIDR=10.42.0.0', 'does not match pattern'],
    ['server.image.repository=rancher/k3s', "'not' failed"],
    ['metrics.port=70000', 'maximum: got 70,000, want 65,535'],
    ['metrics.serviceMonitor.interval=often', 'does not match pattern'],
  ])('is nothing with --set %s', async (value, why) => {
    expect(await refusal('template', 'my-k3k', chart, '--set', value)).toContain(why);
  });
});

describe('on a cluster', { timeout: 400_000 }, () => {
  const namespace = 'k3k-system';
  let host: EmbeddedHost;
  let kubectl: (...args: string[]) => Promise<string>;
  const here = (...args: string[]) => [...args, '--namespace', namespace, '--kubeconfig', host.kubeconfigPath];

  beforeAll(async () => {
    host = await startEmbeddedHost({ ...environment, dataDir: join(folder, 'host') }, forever);
    kubectl = await kubectlFor(host.kubeconfigPath);
  });
  afterAll(async () => {
    await host?.stop();
  });

  const names = async (what: string) =>
    (await kubectl('get', what, '-A', '-o', 'name')).split('\n').filter((line) => line.includes('k3k'));

  it('is installed, and its controller runs', async () => {
    const said = await helm(...here('install', 'my-k3k', chart, '--create-namespace', '--wait', '--timeout', '3m'));
    expect(said).toContain('kubectl -n k3k-system rollout status deployment/my-k3k');
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment/my-k3k', '--timeout=60s');
    await kubectl('wait', '--for=condition=Established', 'crd/clusters.k3k.io', '--timeout=60s');
    const cluster = { apiVersion: 'k3k.io/v1beta1', kind: 'Cluster', metadata: { name: 'mine', namespace: 'default' } };
    await writeFile(join(folder, 'cluster.yaml'), stringify(cluster));
    await kubectl('apply', '-f', join(folder, 'cluster.yaml'));
  });

  it('gives the controller the rights to make a Cluster that asks for all there is, and to take it away again', async () => {
    const file = join(folder, 'controller.yaml');
    const config = parse(host.kubeconfig) as { users: { user: object }[] };
    const token = await kubectl('-n', namespace, 'create', 'token', 'my-k3k');
    const users = config.users.map((each) => ({ ...each, user: { token } }));
    await writeFile(file, stringify({ ...config, users }), { mode: 0o600 });
    const args = await kubectl('-n', namespace, 'get', 'deploy/my-k3k', '-o', 'jsonpath={..containers[0].args}');
    const flags = (JSON.parse(args) as string[]).map((arg) => arg.replace('0.0.0.0:8080', '127.0.0.1:27920'));
    const controller = launchK3v(folder, [...flags, '--kubeconfig', file, '--namespace', namespace]);
    const all = {
      mirrorHostNodes: true,
      serverArgs: ['--sync=networkpolicies,poddisruptionbudgets,serviceaccounts,volumesnapshots'],
      sync: Object.fromEntries(
        ['ingresses', 'priorityClasses', 'storageClasses'].map((kind) => [kind, { enabled: true }]),
      ),
    };
    const policy = { quota: { hard: { pods: '50' } }, podSecurityAdmissionLevel: 'restricted' };
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels: { [policyLabel]: 'teams' } } },
      { apiVersion: 'k3k.io/v1beta1', kind: 'VirtualClusterPolicy', metadata: { name: 'teams' }, spec: policy },
      { apiVersion: 'k3k.io/v1beta1', kind: 'Cluster', metadata: { name: 'all', namespace: 'team' }, spec: all },
    ];
    const show = async (what: string, path: string) =>
      await kubectl('-n', 'team', 'get', what, '-o', `jsonpath=${path}`);
    const patient = { timeoutMs: 120_000, everyMs: 250 };
    try {
      await writeFile(join(folder, 'all.yaml'), objects.map((each) => stringify(each)).join('---\n'));
      await kubectl('apply', '-f', join(folder, 'all.yaml'));
      await eventually(async () => {
        expect(await show('cluster.k3k.io/all', '{.status.conditions[?(@.type=="Ready")].message}')).toContain(
          'have not written the kubeconfig yet',
        );
      }, patient);
      expect(await show('vcp/teams', '{.status.conditions[?(@.type=="Ready")].status}')).toBe('True');
      expect(await names('clusterroles')).toContain('clusterrole.rbac.authorization.k8s.io/k3k:team:all');
      expect((await fetch('http://127.0.0.1:27920/readyz')).status).toBe(200);
      await kubectl('-n', 'team', 'delete', 'cluster.k3k.io/all', '--timeout=120s');
      await kubectl('delete', 'vcp/teams', '--timeout=60s');
      expect(await names('clusterroles')).not.toContain('clusterrole.rbac.authorization.k8s.io/k3k:team:all');
      // What is left behind would hold it up.
      await kubectl('delete', 'namespace', 'team', '--timeout=120s');
    } finally {
      controller.kill('SIGTERM');
    }
    const { stderr, exitCode } = await controller;
    expect(stderr).not.toMatch(/forbidden|cannot/);
    expect(exitCode).toBe(0);
  });

  it('fits the Pod Security Standard restricted', async () => {
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    await kubectl('-n', namespace, 'rollout', 'restart', 'deployment/my-k3k');
    const said = await kubectl('-n', namespace, 'rollout', 'status', 'deployment/my-k3k', '--timeout=60s');
    expect(said).toContain('successfully rolled out');
  });

  it('is upgraded to several controllers, of which one may be missing', async () => {
    await helm(...here('upgrade', 'my-k3k', chart, '--set', 'controller.replicas=2', '--wait', '--timeout', '3m'));
    const budget = await kubectl('-n', namespace, 'get', 'pdb/my-k3k', '-o', 'jsonpath={.spec.maxUnavailable}');
    expect(budget).toBe('1');
    expect(await kubectl('-n', namespace, 'get', 'deployment/my-k3k', '-o', 'jsonpath={.spec.replicas}')).toBe('2');
  });

  it('leaves the CRDs and all Clusters when it is uninstalled, and nothing else', async () => {
    await helm(...here('uninstall', 'my-k3k', '--wait'));
    expect(await names('crd')).toHaveLength(2);
    expect(await names('cluster.k3k.io')).toEqual(['cluster.k3k.io/mine']);
    expect(await names('clusterroles,clusterrolebindings')).toEqual([]);
    expect(await kubectl('-n', namespace, 'get', 'deployments,services,roles,rolebindings', '-o', 'name')).toBe('');
  });

  it('takes them over when it is installed again', async () => {
    await helm(...here('install', 'my-k3k', chart, '--wait', '--timeout', '3m'));
    expect(await names('cluster.k3k.io')).toEqual(['cluster.k3k.io/mine']);
  });

  it('of another release takes them over with --take-ownership', async () => {
    await helm(...here('uninstall', 'my-k3k', '--wait'));
    const args = here('install', 'other', chart, '--wait', '--timeout', '3m');
    expect(await refusal(...args)).toContain('invalid ownership metadata');
    await helm(...args, '--take-ownership');
    expect(await names('cluster.k3k.io')).toEqual(['cluster.k3k.io/mine']);
  });
});
