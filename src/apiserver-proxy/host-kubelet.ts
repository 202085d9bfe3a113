import type { IncomingMessage } from 'node:http';
import { readBody } from '../kube/http-answer.ts';
import type { RawClient } from '../kube/raw-request.ts';
import type { Node } from '../kube/types.ts';
import { type Summary, parseSummary } from './node-proxy-summary.ts';

/** The kubelets of the host, as far as k3v may ask them: it takes the right to `get nodes/proxy` there. */
export interface HostKubelets {
  /** Resolves with the answer of the kubelet of `node`, whose body is the caller's to read; undefined if there is none or k3v may not ask. */
  ask(node: Node, endpoint: string): Promise<IncomingMessage | undefined>;
  /** Resolves with its figures about everything on the node, in the host's names; undefined if there are none. */
  summary(node: Node): Promise<Summary | undefined>;
}

/** The host's kubelet takes its figures every 10 s or so. */
const timeoutMs = 10_000;
/** A host that forbids its nodes to k3v is not asked again before this time. */
const forbiddenForMs = 5 * 60_000;

/** Returns the kubelets of the host that `raw` talks to. */
export function createHostKubelets({
  raw,
  now = () => performance.now(),
}: {
  raw: RawClient;
  now?: () => number;
}): HostKubelets {
  let forbiddenUntil = 0;

  async function ask(node: Node, endpoint: string): Promise<IncomingMessage | undefined> {
    if (now() < forbiddenUntil) return undefined;
    const path = `/api/v1/nodes/${encodeURIComponent(node.metadata.name)}/proxy/${endpoint}`;
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await raw.stream({ method: 'GET', path, headers: { accept: '*/*' }, signal }).catch(() => undefined);
    if (answer?.statusCode === 200) return answer;
    if (answer?.statusCode === 403) forbiddenUntil = now() + forbiddenForMs;
    answer?.destroy();
    return undefined;
  }

  return {
    ask,
    async summary(node) {
      const answer = await ask(node, 'stats/summary');
      const body = answer && (await readBody(answer).catch(() => undefined));
      return body === undefined ? undefined : parseSummary(body);
    },
  };
}
