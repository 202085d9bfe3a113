import type { Readable } from 'node:stream';
import { readBody } from '../kube/http-answer.ts';
import type { RawClient } from '../kube/raw-request.ts';
import type { Node } from '../kube/types.ts';
import type { ClusterView } from './cluster-view.ts';
import type { NodeEndpoint } from './kubelet-route.ts';
import { tenantCadvisor } from './node-proxy-cadvisor.ts';
import { kubeletMetrics, resourceMetrics } from './node-proxy-metrics.ts';
import { type Summary, parseSummary, tenantSummary } from './node-proxy-summary.ts';

/** An answer of a node's kubelet. */
export interface NodeAnswer {
  contentType: string;
  body: string | Readable;
}

const prometheusText = 'text/plain; version=0.0.4; charset=utf-8';
/** The host's kubelet takes its figures every 10 s or so. */
const hostTimeoutMs = 10_000;
/** A host that forbids its nodes to k3v is not asked again before this time. */
const forbiddenForMs = 5 * 60_000;

/**
 * Returns a function that answers what the virtual cluster asks about a node (`nodes/<node>/proxy/…`), about this tenant's pods alone
 * and in its names. Figures come from the same endpoint of the host, which takes the right to `get nodes/proxy` there; without it
 * the answers have the same form, with the tenant's pods and no figures.
 */
export function createNodeProxy({
  view,
  raw,
  hostNamespace,
  now = Date.now,
}: {
  view: Pick<ClusterView, 'podsOnNode'>;
  raw: RawClient;
  hostNamespace: string;
  now?: () => number;
}): (node: Node, endpoint: NodeEndpoint) => Promise<NodeAnswer> {
  let forbiddenUntil = 0;

  async function fromHost(node: Node, endpoint: NodeEndpoint) {
    if (now() < forbiddenUntil) return undefined;
    const path = `/api/v1/nodes/${encodeURIComponent(node.metadata.name)}/proxy/${endpoint}`;
    const signal = AbortSignal.timeout(hostTimeoutMs);
    const answer = await raw.stream({ method: 'GET', path, headers: { accept: '*/*' }, signal }).catch(() => undefined);
    if (answer?.statusCode === 200) return answer;
    if (answer?.statusCode === 403) forbiddenUntil = now() + forbiddenForMs;
    answer?.destroy();
    return undefined;
  }

  async function summaryOf(node: Node): Promise<Summary> {
    const answer = await fromHost(node, 'stats/summary');
    const body = await (answer ? readBody(answer) : undefined)?.catch(() => undefined);
    return tenantSummary({
      host: body === undefined ? undefined : parseSummary(body),
      hostNamespace,
      node,
      pods: view.podsOnNode(node.metadata.name),
    });
  }

  return async (node, endpoint) => {
    switch (endpoint) {
      case 'healthz':
        return { contentType: 'text/plain; charset=utf-8', body: 'ok' };
      case 'pods': {
        const items = view.podsOnNode(node.metadata.name).map(({ virtual }) => virtual);
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
        const answer = await fromHost(node, endpoint);
        const pods = view.podsOnNode(node.metadata.name);
        return { contentType: prometheusText, body: answer ? tenantCadvisor(answer, hostNamespace, pods) : '' };
      }
    }
  };
}
