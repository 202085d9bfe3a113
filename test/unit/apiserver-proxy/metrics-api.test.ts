import { describe, expect, test } from 'vitest';
import { clusterIndexes } from '../../../src/apiserver-proxy/cluster-indexes.ts';
import { createClusterView } from '../../../src/apiserver-proxy/cluster-view.ts';
import { hostNodeFigures, hostPodFigures } from '../../../src/apiserver-proxy/host-figures.ts';
import { kubeletNodeFigures, kubeletPodFigures } from '../../../src/apiserver-proxy/kubelet-figures.ts';
import { createMetricsApi } from '../../../src/apiserver-proxy/metrics-api.ts';
import { type Summary, tenantSummary } from '../../../src/apiserver-proxy/node-proxy-summary.ts';
import type { ListOptions } from '../../../src/kube/client.ts';
import { type KubeObject, type Node, type Pod, type Resource, resources } from '../../../src/kube/types.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { answeringClient } from '../../support/answering-client.ts';
import { syncContext } from '../../support/sync-context.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const base = '/apis/metrics.k8s.io/v1beta1';
const timestamp = '2026-01-02T00:01:00Z';
const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

function virtualPod(namespace: string, name: string, labels: Record<string, string> = {}): Pod {
  const spec = { containers: [{ name: 'app' }, { name: 'helper' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid: `uid-${name}`, labels }, spec };
}

function hostPod(virtual: Pod): Pod {
  const { metadata, ...rest } = translator.hostObject(resources.pods, virtual);
  return {
    ...rest,
    metadata: { ...metadata, uid: `host-${virtual.metadata.name}`, creationTimestamp: '2026-01-02T00:00:00Z' },
    spec: { ...virtual.spec, containers: virtual.spec?.containers ?? [], nodeName: 'n1' },
    status: { phase: 'Running' },
  };
}

function node(name: string, labels: Record<string, string>): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

const web = virtualPod('shop', 'web', { app: 'web' });
const db = virtualPod('shop', 'db', { app: 'db' });
const other = virtualPod('test', 'web', { app: 'web' });
const fresh = virtualPod('shop', 'fresh');
const pending = virtualPod('shop', 'pending');
const view = createClusterView(
  syncContext({
    virtual: [
      web,
      db,
      other,
      fresh,
      pending,
      node('n1', { 'k3v.io/managed': 'true', zone: 'z' }),
      node('invented', {}),
    ],
    host: [web, db, other, fresh].map(hostPod),
    indexes: clusterIndexes,
  }),
);
const hostNameOf = ({ metadata }: Pod) => translator.hostName('Pod', metadata.namespace ?? '', metadata.name);

/** What metrics-server says on a host where others have pods too. */
function hostMetrics(pod: Pod, at = timestamp): KubeObject {
  const usage = { cpu: '1500000n', memory: '2Mi' };
  const containers = ['app', 'helper', 'injected'].map((name) => ({ name, usage }));
  const metadata = { name: hostNameOf(pod), namespace: 'team', labels: { 'v.k3v.io/app': 'host' } };
  return { metadata, timestamp: at, window: '15.2s', containers } as KubeObject;
}

function fromHost() {
  const asked: (ListOptions & { plural: string })[] = [];
  const client = answeringClient({
    list: async <T extends KubeObject>({ plural }: Resource, { namespace, labelSelector }: ListOptions = {}) => {
      asked.push({ plural, namespace, labelSelector });
      const nodes = ['n1', 'n2', 'invented'].map((name) => ({
        metadata: { name },
        timestamp,
        window: '10s',
        usage: { cpu: '250m', memory: '1Gi' },
      }));
      const pods = [
        hostMetrics(web),
        hostMetrics(db),
        hostMetrics(other),
        // That of the pod that had its name before.
        hostMetrics(fresh, '2026-01-01T23:59:00Z'),
        { ...hostMetrics(web), metadata: { name: 'stranger' } },
      ];
      const items = (plural === 'nodes' ? nodes : pods) as KubeObject[] as T[];
      return { items, resourceVersion: '', continue: undefined };
    },
  });
  const labelSelector = translator.managedSelector;
  const api = createMetricsApi({
    view,
    pods: hostPodFigures({ client, view, namespace: 'team', labelSelector }),
    nodes: hostNodeFigures({ client, view }),
    now: () => Date.parse('2026-01-02T00:02:03.456Z'),
  });
  return { asked, api };
}

const { asked, api } = fromHost();
const get = async (path: string, accept = 'application/json') => await api({ method: 'GET', url: base + path, accept });
const keysIn = (list: object) =>
  (Reflect.get(list, 'items') as KubeObject[]).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

describe('metrics.k8s.io from that of the host', () => {
  test('lists this cluster alone, in its names and with its labels, in order', async () => {
    const list = await get('/pods');
    expect(list).toMatchObject({ kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' });
    expect(keysIn(list)).toEqual(['shop/db', 'shop/web', 'test/web']);
    expect(Reflect.get(list, 'items')).toContainEqual({
      metadata: { name: 'web', namespace: 'shop', creationTimestamp: '2026-01-02T00:02:03Z', labels: { app: 'web' } },
      timestamp,
      window: '15.2s',
      containers: ['app', 'helper'].map((name) => ({ name, usage: { cpu: '1500000n', memory: '2Mi' } })),
    });
    expect(JSON.stringify(list)).not.toMatch(/team|k3v|stranger|injected/);
    expect(asked[0]).toEqual({ plural: 'pods', namespace: 'team', labelSelector: translator.managedSelector });
  });

  test('lists a namespace, and what a selector on virtual labels and names selects', async () => {
    expect(keysIn(await get('/namespaces/shop/pods'))).toEqual(['shop/db', 'shop/web']);
    expect(keysIn(await get('/namespaces/none/pods'))).toEqual([]);
    expect(keysIn(await get('/pods?labelSelector=app%3Dweb'))).toEqual(['shop/web', 'test/web']);
    expect(keysIn(await get('/pods?fieldSelector=metadata.namespace%3Dtest'))).toEqual(['test/web']);
  });

  test('gives one pod', async () => {
    expect(await get('/namespaces/shop/pods/web')).toMatchObject({
      kind: 'PodMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name: 'web', namespace: 'shop' },
    });
  });

  test.each([
    ['a pod that is not there', '/namespaces/shop/pods/none', 'pods "none" not found'],
    ['a pod by its host name', `/namespaces/team/pods/${hostNameOf(web)}`, `pods "${hostNameOf(web)}" not found`],
    [
      'a pod not on the host yet',
      '/namespaces/shop/pods/pending',
      'podmetrics.metrics.k8s.io "shop/pending" not found',
    ],
    ['a pod without figures yet', '/namespaces/shop/pods/fresh', 'podmetrics.metrics.k8s.io "shop/fresh" not found'],
    ['a node of the host that is not shown', '/nodes/n2', 'node "n2" not found'],
    ['a node that the tenant made up', '/nodes/invented', 'node "invented" not found'],
  ])('says of %s that there is none, in the words of metrics-server', async (_, path, message) => {
    await expect(get(path)).rejects.toMatchObject({ code: 404, reason: 'NotFound', message });
  });

  test('gives the nodes that the host shows', async () => {
    const list = await get('/nodes');
    expect(list).toMatchObject({ kind: 'NodeMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' });
    expect(Reflect.get(list, 'items')).toEqual([
      {
        metadata: {
          name: 'n1',
          creationTimestamp: '2026-01-02T00:02:03Z',
          labels: { 'k3v.io/managed': 'true', zone: 'z' },
        },
        timestamp,
        window: '10s',
        usage: { cpu: '250m', memory: '1Gi' },
      },
    ]);
    expect(await get('/nodes/n1')).toMatchObject({ kind: 'NodeMetrics', metadata: { name: 'n1' } });
  });

  test('prints the columns of metrics-server', async () => {
    const table = await get('/namespaces/shop/pods', tableAccept);
    const columns = Reflect.get(table, 'columnDefinitions') as { name: string }[];
    expect(columns.map(({ name }) => name)).toEqual(['Name', 'cpu', 'memory', 'Window']);
    expect(Reflect.get(table, 'rows')).toMatchObject([
      { cells: ['db', '3m', '4Mi', '15.2s'], object: { metadata: { namespace: 'shop' } } },
      { cells: ['web', '3m', '4Mi', '15.2s'] },
    ]);
    expect(await get('/nodes/n1', tableAccept)).toMatchObject({ rows: [{ cells: ['n1', '250m', '1Gi', '10s'] }] });
    expect(await get('/namespaces/none/pods', tableAccept)).toMatchObject({ kind: 'Table', rows: [] });
  });

  test('is discovered with its two resources', async () => {
    expect(await get('')).toMatchObject({
      kind: 'APIResourceList',
      groupVersion: 'metrics.k8s.io/v1beta1',
      resources: [
        { name: 'nodes', kind: 'NodeMetrics', namespaced: false, verbs: ['get', 'list'] },
        { name: 'pods', kind: 'PodMetrics', namespaced: true, verbs: ['get', 'list'] },
      ],
    });
  });
});

describe('metrics.k8s.io from the kubelets of the host', () => {
  const time = '2026-01-02T00:01:00.789Z';
  const figures = (usageNanoCores: number) => ({
    cpu: { time, usageNanoCores },
    memory: { time, workingSetBytes: 4096 },
  });
  const stats = (pod: Pod, containers: Summary['pods'][number]['containers'] = []) => ({
    podRef: { name: hostNameOf(pod), namespace: 'team', uid: `host-${pod.metadata.name}` },
    containers,
  });
  const summary: Summary = {
    node: { nodeName: 'n1', ...figures(2_000_000_000) },
    pods: [
      stats(
        web,
        ['app', 'helper', 'injected'].map((name) => ({ name, ...figures(1_500_000) })),
      ),
      // One of its containers has just started.
      stats(db, [{ name: 'app', ...figures(1) }, { name: 'helper' }]),
      { ...stats(other, [{ name: 'app', ...figures(1) }]), podRef: { name: 'x', namespace: 'elsewhere', uid: 'x' } },
    ],
  };

  function fromKubelets(read: (name: string) => Summary | undefined) {
    const asked: string[] = [];
    const readSummary = async (of: Node) => {
      asked.push(of.metadata.name);
      const host = read(of.metadata.name);
      return host && tenantSummary({ host, hostNamespace: 'team', node: of, pods: view.podsOnNode(of.metadata.name) });
    };
    const pods = kubeletPodFigures({ view, readSummary });
    const nodes = kubeletNodeFigures({ view, readSummary });
    return { asked, pods, nodes };
  }

  test('has a pod as soon as all its containers have figures', async () => {
    const { pods, asked: of } = fromKubelets(() => summary);
    expect(Object.fromEntries(await pods())).toEqual({
      'shop/web': {
        timestamp,
        window: '30s',
        containers: ['app', 'helper'].map((name) => ({ name, usage: { cpu: '1500u', memory: '4Ki' } })),
      },
    });
    expect(of).toEqual(['n1']);
  });

  test('has the nodes', async () => {
    expect(Object.fromEntries(await fromKubelets(() => summary).nodes())).toEqual({
      n1: { timestamp, window: '30s', usage: { cpu: '2', memory: '4Ki' } },
    });
  });

  test('is unavailable where no kubelet answers', async () => {
    const { pods, nodes } = fromKubelets(() => undefined);
    await expect(pods()).rejects.toMatchObject({ code: 503 });
    await expect(nodes()).rejects.toMatchObject({ code: 503 });
  });
});
