import type { Duplex } from 'node:stream';
import { K3vError } from '../../errors.ts';
import { delay } from '../../kube/delay.ts';
import { ConnectionError, StatusError, isForbidden } from '../../kube/errors.ts';
import { openPortForward } from '../../kube/port-forward.ts';
import type { StreamingKubeClient } from '../../kube/rest-client.ts';
import { type Pod, resources } from '../../kube/types.ts';
import { podLabels } from '../names.ts';
import type { ClusterName } from './find-cluster.ts';

/** Port of the API server in a server pod. */
const serverPort = 6443;
const everyMs = 500;
const patienceMs = 60_000;

/**
 * Resolves with a connection to the API server in a server pod of the cluster that is ready, through the API server of the host; waits a minute for one, as when a pod is replaced. Rejects
 * with HOST_FORBIDDEN or CLUSTER_UNREACHABLE.
 */
export async function openServerStream(
  client: StreamingKubeClient,
  { namespace, name }: ClusterName,
  signal: AbortSignal,
): Promise<Duplex> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const labelSelector = `${podLabels.cluster}=${name},${podLabels.role}=server`;
  for (;;) {
    let why = 'no server pod is ready';
    try {
      const { items } = await client.list<Pod>(resources.pods, { namespace, labelSelector });
      const pod = items.find(isReadyPod);
      if (pod)
        return await openPortForward(client.raw, { namespace, name: pod.metadata.name, port: serverPort }, signal);
    } catch (error) {
      if (isForbidden(error)) throw error;
      if (!(error instanceof ConnectionError || error instanceof StatusError)) throw error;
      why = error.message;
    }
    if (deadline.aborted) {
      throw new K3vError('CLUSTER_UNREACHABLE', `no connection to a server of cluster ${namespace}/${name}: ${why}`, {
        hint: `k3v cluster get ${namespace}/${name} shows where it stands.`,
      });
    }
    await delay(everyMs, deadline);
  }
}

function isReadyPod({ metadata, status }: Pod): boolean {
  const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return isReady && !metadata.deletionTimestamp;
}
