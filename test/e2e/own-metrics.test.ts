import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigMap, type Namespace, type Pod, resources } from '../../src/kube/types.ts';
import { version } from '../../src/version.ts';
import { childPid } from '../support/control-plane-pids.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { figuresIn, sumOf } from '../support/figures.ts';
import { allAsked, documentedMetrics, selectorsIn } from '../support/metric-rules.ts';

const address = '127.0.0.1:28000';
const patient = { timeoutMs: 60_000, everyMs: 200 };
const settings = { resource: resources.configMaps, namespace: 'tenants-shop', name: 'tenants-settings' };
const web = { ...settings, resource: resources.pods, name: 'tenants-web' };

let cluster: EmbeddedCluster;

/** As `curl` does. */
async function ask(path: string): Promise<{ code: number; text: string }> {
  const answer = await fetch(`http://${address}${path}`);
  return { code: answer.status, text: await answer.text() };
}
const scrape = async () => (await ask('/metrics')).text;
const sum = async (name: string, labels: Record<string, string> = {}) => sumOf(await scrape(), name, labels);

beforeAll(async () => {
  cluster = await startEmbeddedCluster(28_001, { flags: ['--metrics-address', address] });
  const { namespace, name } = settings;
  await cluster.virtual.create<Namespace>(resources.namespaces, { metadata: { name: namespace } });
  const account = { resource: resources.serviceAccounts, namespace, name: 'default' };
  await eventually(async () => await cluster.virtual.get(account), patient);
  await cluster.virtual.create<ConfigMap>(resources.configMaps, { metadata: { namespace, name }, data: { a: '1' } });
  await cluster.virtual.create<Pod>(resources.pods, {
    metadata: { namespace, name: web.name },
    spec: {
      containers: [{ name: 'main', image: 'registry.example/app' }],
      volumes: [{ name: 'settings', configMap: { name } }],
    },
  });
  await eventually(async () => {
    const { status } = await cluster.virtual.get<Pod>(web);
    if (status?.phase !== 'Running') throw new Error('not running yet');
  }, patient);
});

afterAll(async () => await cluster?.stop());

describe('k3v --metrics-address', () => {
  it('has each metric that docs/metrics.md lists, with its type and labels, and no other', async () => {
    const { both, k3v } = documentedMetrics();
    const families = figuresIn(await scrape());
    expect([...families.keys()].toSorted()).toEqual([...both, ...k3v].map(({ name }) => name).toSorted());
    for (const { name, type, labels } of [...both, ...k3v]) {
      expect(families.get(name)?.type).toBe(type);
      for (const figure of families.get(name)?.figures ?? []) {
        const { le: _, ...own } = figure.labels;
        expect([name, ...Object.keys(own).toSorted()]).toEqual([name, ...labels.toSorted()]);
      }
    }
  });

  it('has each metric that alerts and dashboard ask k3v for', async () => {
    const ofOthers = ['up', ...documentedMetrics().controller.map(({ name }) => name)];
    const exposed = new Set(
      [...figuresIn(await scrape()).values()].flatMap(({ figures }) => figures.map(({ name }) => name)),
    );
    const asked = allAsked().flatMap(({ expression }) => selectorsIn(expression).map(({ metric }) => metric));
    const missing = new Set(asked.filter((metric) => !exposed.has(metric) && !ofOthers.includes(metric)));
    expect([...missing]).toEqual([]);
    expect(asked.length).toBeGreaterThan(50);
  });

  it('is healthy, ready, and says who it is', async () => {
    expect(await ask('/healthz')).toEqual({ code: 200, text: 'ok\n' });
    expect(await ask('/readyz')).toEqual({ code: 200, text: 'ok\n' });
    expect(await sum('k3v_build_info', { version })).toBe(1);
    expect(await sum('k3v_cluster_info', { id: 'default', host_namespace: 'team', distro: 'kubernetes' })).toBe(1);
    expect(await sum('leader_election_master_status', { name: 'k3v-syncer' })).toBe(1);
    const [, authority = ''] =
      /certificate-authority-data: (\S+)/.exec(await readFile(cluster.k3v().kubeconfig, 'utf8')) ?? [];
    expect(await sum('k3v_certificate_expiration_timestamp_seconds', { certificate: 'authority' })).toBe(
      new X509Certificate(Buffer.from(authority, 'base64')).validToDate.getTime() / 1000,
    );
  });

  it('counts what is synced, how, and what is asked of both sides', async () => {
    await eventually(async () => expect(await sum('k3v_synced_objects', { kind: 'pods' })).toBe(1), patient);
    const text = await scrape();
    for (const direction of ['to_host', 'to_virtual'])
      expect(sumOf(text, 'k3v_sync_duration_seconds_count', { kind: 'pods', direction })).toBeGreaterThan(0);
    for (const side of ['host', 'virtual']) {
      expect(sumOf(text, 'rest_client_requests_total', { side, method: 'GET', code: '200' })).toBeGreaterThan(0);
      expect(sumOf(text, 'rest_client_request_duration_seconds_count', { side, verb: 'PATCH' })).toBeGreaterThan(0);
    }
    expect(sumOf(text, 'rest_client_requests_total', { side: 'host', method: 'POST', code: '201' })).toBeGreaterThan(1);
    expect(sumOf(text, 'workqueue_adds_total', { name: 'pods' })).toBeGreaterThan(0);
    expect(sumOf(text, 'workqueue_work_duration_seconds_count', { name: 'pods' })).toBeGreaterThan(0);
    expect(sumOf(text, 'k3v_refused_objects')).toBe(0);
  });

  it('counts what an admin of the host changes, and what is put back', async () => {
    const { translator, host } = cluster;
    const name = translator.hostName('ConfigMap', settings.namespace, settings.name);
    const onHost = { resource: resources.configMaps, namespace: 'team', name };
    const repairs = async () => await sum('k3v_drift_repairs_total', { kind: 'configmaps' });
    const before = await repairs();
    await host.patch(onHost, 'merge', { data: { a: 'of another' } });
    await eventually(async () => expect((await host.get<ConfigMap>(onHost)).data).toEqual({ a: '1' }), patient);
    await eventually(async () => expect(await repairs()).toBe(before + 1), patient);
    await cluster.virtual.patch(settings, 'merge', { data: { a: '2' } });
    await eventually(async () => expect((await host.get<ConfigMap>(onHost)).data).toEqual({ a: '2' }), patient);
    expect(await repairs()).toBe(before + 1);
  });

  it('counts a program of the control plane that died and was started again', async () => {
    const program = 'kube-controller-manager';
    expect(await sum('k3v_child_restarts_total')).toBe(0);
    process.kill((await childPid(cluster.folder, program)) ?? 0, 'SIGKILL');
    await eventually(async () => expect(await sum('k3v_child_restarts_total', { program })).toBe(1), patient);
    expect(await sum('k3v_child_restarts_total', { program: 'kube-apiserver' })).toBe(0);
  });

  it('names nothing of the tenant', async () => {
    const text = await scrape();
    expect(text).not.toContain('tenants-');
    expect(text).not.toContain('registry.example');
  });

  it('leaves the figures of the API server where they are', async () => {
    expect(await cluster.virtual.request('GET', '/metrics')).toContain('apiserver_request_total');
  });
});
