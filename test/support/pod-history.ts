import { type Pod, resources } from '../../src/kube/types.ts';
import { clientOf } from './client-of.ts';

/** Every version of every pod that a watch showed. */
export interface PodHistory {
  /** By name and UID. */
  pods(): Map<string, Pod[]>;
}

/** Watches the pods of a cluster until `signal` aborts, as `kubectl get pods -A -w` does. */
export async function recordPods(kubeconfig: string, signal: AbortSignal): Promise<PodHistory> {
  const client = clientOf(kubeconfig);
  const seen = new Map<string, Pod[]>();
  const { resourceVersion } = await client.list<Pod>(resources.pods);
  const watch = async () => {
    const options = { resourceVersion, timeoutSeconds: 3_600, signal };
    for await (const { type, object } of client.watch<Pod>(resources.pods, options)) {
      if (type !== 'ADDED' && type !== 'MODIFIED') continue;
      const id = `${object.metadata.name} ${object.metadata.uid}`;
      seen.set(id, [...(seen.get(id) ?? []), object]);
    }
  };
  void watch()
    .catch((error: unknown) => {
      if (!signal.aborted) throw error;
    })
    .finally(() => client.close());
  return { pods: () => seen };
}

const phases = ['Pending', 'Running', 'Succeeded', 'Failed'];

/** Returns what no kubelet would say in `versions` of one pod, in the order of time. */
export function odditiesOf(versions: Pod[]): string[] {
  let furthest = 0;
  return versions.flatMap((pod) => {
    const { phase = '', containerStatuses = [], conditions = [], podIP } = pod.status ?? {};
    const step = phases.indexOf(phase);
    const went = step < furthest;
    furthest = Math.max(furthest, step);
    const runs = containerStatuses.some(({ state }) => state?.running);
    const holds = (wanted: string) => conditions.some(({ type, status }) => type === wanted && status === 'True');
    const isReady = containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready);
    const rules: [string, boolean][] = [
      [`the phase goes back to ${phase}`, went],
      ['it runs without a node', phase === 'Running' && !pod.spec?.nodeName],
      ['it runs without an address', phase === 'Running' && !podIP],
      ['it runs without a container that has', phase === 'Running' && containerStatuses.length === 0],
      ['a container runs in a pod that does not', runs && phase === 'Pending'],
      ['it is scheduled to no node', holds('PodScheduled') && !pod.spec?.nodeName],
      ['it is ready without its containers', holds('Ready') && !isReady],
      ['it has more containers than it asked for', containerStatuses.length > (pod.spec?.containers.length ?? 0)],
    ];
    return rules.flatMap(([oddity, applies]) => (applies ? [oddity] : []));
  });
}
