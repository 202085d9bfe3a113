import type { Readable } from 'node:stream';
import type { RawClient } from '../kube/raw-request.ts';
import type { Node } from '../kube/types.ts';
import type { ClusterView } from './cluster-view.ts';
import { createHostKubelets } from './host-kubelet.ts';
import type { NodeEndpoint } from './kubelet-route.ts';
import { tenantCadvisor } from './node-proxy-cadvisor.ts';
import { kubeletMetrics, resourceMetrics } from './node-proxy-metrics.ts';
import { type Summary, tenantSummary } from './node-proxy-summary.ts';

/** An answer of a node's kubelet. */
export interface NodeAnswer {
  contentType: string;
  body: string | Readable;
}

const prometheusText = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Returns a function that answers what the virtual cluster asks about a node (`nodes/<node>/proxy/…`), about this tenant's pods alone
 * and in its names. Figures come from the same endpoint of the host, which takes the right to `get nodes/proxy` there; without it
 * the answers have the same form, with the tenant's pods and no figures.
 */
export function createNodeProxy({
  view,
  raw,
  hostNamespace,
  now = () => performance.now(),
}: {
  view: Pick<ClusterView, 'podsOnNode'>;
  raw: RawClient;
  hostNamespace: string;
  now?: () => number;
}): (node: Node, endpoint: NodeEndpoint) => Promise<NodeAnswer> {
  const kubelets = createHostKubelets({ raw, now });
  const podsOn = (node: Node) => view.podsOnNode(node.metadata.name);
  const summaryOf = async (node: Node): Promise<Summary> =>
    tenantSummary({ host: await kubelets.summary(node), hostNamespace, node, pods: podsOn(node) });

  return async (node, endpoint) => {
    switch (endpoint) {
      case 'healthz':
        return { contentType: 'text/plain; charset=utf-8', body: 'ok' };
      case 'pods': {
        const items = podsOn(node).map(({ virtual }) => virtual);
        const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
        return { contentType: 'application/json', body: JSON.stringify(list) };
      }
      case 'stats/summary':
        return { contentType: 'application/json', body: JSON.stringify(await summaryOf(node)) };
      case 'metrics/resource':
        return { contentType: prometheusText, body: resourceMetrics(await summaryOf(node)) };
      case 'metrics':
        return { contentType: prometheusText, body: kubeletMetrics(await summaryOf(node)) };
      case 'metrics/cadvisor': {
        const answer = await kubelets.ask(node, endpoint);
        return { contentType: prometheusText, body: answer ? tenantCadvisor(answer, hostNamespace, podsOn(node)) : '' };
      }
    }
  };
}
