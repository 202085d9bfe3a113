import { StatusError } from '../kube/errors.ts';
import {
  type KubeObject,
  type NodeMetrics,
  type ObjectMeta,
  type PodMetrics,
  apiVersionOf,
  joinKey,
  keyOf,
  resources,
} from '../kube/types.ts';
import type { ClusterView } from './cluster-view.ts';
import type { NodeFigures, PodFigures, ReadFigures } from './metrics-figures.ts';
import { type MetricsRoute, metricsRoute } from './metrics-route.ts';
import { metricsTable, wantsTable } from './metrics-table.ts';

/** Answers a request to `metrics.k8s.io` with an object. Rejects with StatusError. */
export type MetricsApi = (request: { method: string; url: string; accept: string }) => Promise<object>;

const { version } = resources.podMetrics;
const apiVersion = apiVersionOf(resources.podMetrics);

/** Returns the API `metrics.k8s.io/v1beta1` of the virtual cluster, as metrics-server has it, about its own pods and nodes. */
export function createMetricsApi({
  view,
  pods,
  nodes,
  now = Date.now,
}: {
  view: Pick<ClusterView, 'pod' | 'pods' | 'nodes'>;
  pods: ReadFigures<PodFigures>;
  nodes: ReadFigures<NodeFigures>;
  now?: () => number;
}): MetricsApi {
  async function podMetrics(): Promise<PodMetrics[]> {
    const figures = await pods();
    return view
      .pods()
      .flatMap(({ virtual }) => {
        const found = figures.get(keyOf(virtual));
        return found ? [{ metadata: metadataOf(virtual), ...found }] : [];
      })
      .sort(byKey);
  }

  async function nodeMetrics(): Promise<NodeMetrics[]> {
    const figures = await nodes();
    return view
      .nodes()
      .flatMap((node) => {
        const found = figures.get(keyOf(node));
        return found ? [{ metadata: metadataOf(node), ...found }] : [];
      })
      .sort(byKey);
  }

  /** The metrics are an object of their own, made when they are asked for. */
  const metadataOf = ({ metadata: { name, namespace, labels } }: KubeObject): ObjectMeta => ({
    name,
    ...(namespace ? { namespace } : {}),
    creationTimestamp: `${new Date(now()).toISOString().slice(0, 19)}Z`,
    ...(labels ? { labels } : {}),
  });

  function mustExist({ plural, namespace, name }: Extract<MetricsRoute, { to: 'get' }>): void {
    if (plural === 'pods' && !view.pod(namespace, name)) throw notFound(`pods "${name}" not found`);
    const isNode = () => view.nodes().some(({ metadata }) => metadata.name === name);
    if (plural === 'nodes' && !isNode()) throw notFound(`node "${name}" not found`);
  }

  return async ({ method, url, accept }) => {
    const route = metricsRoute(method, url);
    if (route.to === 'discovery') return discovery;
    if (route.to === 'openapi') return openApi[route.version];
    const { plural, namespace } = route;
    const { kind } = plural === 'pods' ? resources.podMetrics : resources.nodeMetrics;
    if (route.to === 'get') mustExist(route);
    const all: (PodMetrics | NodeMetrics)[] = plural === 'pods' ? await podMetrics() : await nodeMetrics();
    if (route.to === 'get') {
      const key = joinKey(route.namespace, route.name);
      const found = all.find((each) => keyOf(each) === key);
      if (!found) throw notFound(`${kind.toLowerCase()}.${resources.podMetrics.group} "${key}" not found`);
      return wantsTable(accept) ? metricsTable([found]) : { kind, apiVersion, ...found };
    }
    const items = all.filter(
      ({ metadata }) => (namespace === undefined || metadata.namespace === namespace) && route.selects(metadata),
    );
    return wantsTable(accept) ? metricsTable(items) : { kind: `${kind}List`, apiVersion, metadata: {}, items };
  };
}

function byKey(a: KubeObject, b: KubeObject): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function notFound(message: string): StatusError {
  return new StatusError(404, { reason: 'NotFound', message });
}

const discovery = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersion,
  resources: [resources.nodeMetrics, resources.podMetrics].map(({ plural, kind, namespaced }) => ({
    name: plural,
    singularName: '',
    namespaced,
    kind,
    verbs: ['get', 'list'],
  })),
};

/** Without any description the virtual API server would ask for one for ever. */
const openApi = {
  v2: { swagger: '2.0', info: { title: 'k3v metrics', version }, paths: {} },
  v3: { paths: {} },
};
