import { parseDocument } from 'yaml';
import { K3vError } from '../../errors.ts';
import { kubeconfigKey } from '../../host/kubeconfig-secret.ts';
import type { KubeClient } from '../../kube/client.ts';
import { clientFromKubeConfig } from '../../kube/client-from-kubeconfig.ts';
import { delay } from '../../kube/delay.ts';
import { ifFound, isForbidden } from '../../kube/errors.ts';
import { parseKubeconfig } from '../../kube/kubeconfig.ts';
import { type Node, type Secret, type Service, resources } from '../../kube/types.ts';
import { namesOf } from '../names.ts';
import type { Cluster } from '../types.ts';
import { standingWords } from './cluster-standing.ts';
import { serverCandidates } from './server-candidates.ts';

const answerMs = 5_000;
const everyMs = 500;

/** Resolves with the kubeconfig that the controller has made for `cluster`. Rejects with CLUSTER_NOT_READY if there is none yet. */
export async function readClusterKubeconfig(client: KubeClient, cluster: Cluster): Promise<string> {
  const { namespace, name } = cluster.metadata;
  const ref = { resource: resources.secrets, namespace, name: namesOf(name).kubeconfig };
  const content = (await ifFound(client.get<Secret>(ref)))?.data?.[kubeconfigKey];
  if (content !== undefined) return Buffer.from(content, 'base64').toString('utf8');
  throw new K3vError(
    'CLUSTER_NOT_READY',
    `cluster ${namespace}/${name} has no kubeconfig yet: ${standingWords(cluster)}`,
    {
      hint: `It is in the Secret ${ref.name} as soon as the cluster is ready.`,
    },
  );
}

/** Returns `kubeconfig` with `server` as the URL of all of its clusters. */
export function withServer(kubeconfig: string, server: string): string {
  const document = parseDocument(kubeconfig);
  const clusters: unknown = document.toJS();
  const count = Array.from(Reflect.get(Object(clusters), 'clusters') ?? []).length;
  for (let index = 0; index < count; index++) document.setIn(['clusters', index, 'cluster', 'server'], server);
  return document.toString();
}

/**
 * Resolves with the first of the URLs of `cluster` at which its API server answers from here, within `patienceMs` at the most; with `tried` instead if none does, empty if the cluster is
 * not exposed.
 */
export async function findServer(
  client: KubeClient,
  cluster: Cluster,
  kubeconfig: string,
  { patienceMs, signal }: { patienceMs: number; signal: AbortSignal },
): Promise<{ server: string } | { tried: string[] }> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  for (;;) {
    const tried = await candidatesOf(client, cluster);
    const answers = await Promise.all(tried.map(async (server) => await isAnswered(withServer(kubeconfig, server))));
    const found = tried.find((_, index) => answers[index]);
    if (found !== undefined) return { server: found };
    if (deadline.aborted || !isExposed(cluster)) return { tried };
    await delay(everyMs, deadline);
  }
}

function isExposed({ spec: { expose } }: Cluster): boolean {
  return Boolean(expose?.nodePort ?? expose?.loadBalancer ?? expose?.ingress);
}

async function candidatesOf(client: KubeClient, cluster: Cluster): Promise<string[]> {
  const { namespace, name } = cluster.metadata;
  const ref = { resource: resources.services, namespace, name: namesOf(name).service };
  const service = await ifFound(client.get<Service>(ref));
  const nodes = cluster.spec.expose?.nodePort ? await nodesOf(client) : [];
  return serverCandidates({ cluster, service, nodes, host: client.server });
}

/** Who may do things in one namespace only cannot read nodes; the machine of the API server is tried all the same. */
async function nodesOf(client: KubeClient): Promise<Node[]> {
  try {
    return (await client.list<Node>(resources.nodes, { limit: 50 })).items;
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}

async function isAnswered(kubeconfig: string): Promise<boolean> {
  const client = clientFromKubeConfig(parseKubeconfig(kubeconfig));
  try {
    await client.request('GET', '/version', { signal: AbortSignal.timeout(answerMs) });
    return true;
  } catch {
    return false;
  } finally {
    client.close();
  }
}
