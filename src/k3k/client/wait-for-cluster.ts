import { K3vError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { delay } from '../../kube/delay.ts';
import { ConnectionError, isBusy } from '../../kube/errors.ts';
import type { ProgressStep } from '../../progress.ts';
import type { Cluster } from '../types.ts';
import { isRefused, standingOf, standingWords } from './cluster-standing.ts';
import { type ClusterName, findCluster } from './find-cluster.ts';

const everyMs = 500;

/** What waiting commands work with. */
export interface Waiting {
  seconds: number;
  step: Pick<ProgressStep, 'note'>;
  /** Told of each change of where the cluster stands. */
  onChange: (words: string) => void;
  signal: AbortSignal;
}

/** What is waited for, and the word for it. */
interface Goal {
  isDone: (cluster: Cluster) => boolean;
  goal: 'ready' | 'paused' | 'changed';
}

/**
 * Resolves with the Cluster as soon as it `isDone`; shows meanwhile where it stands. Rejects with CLUSTER_REFUSED if nothing comes of it until somebody changes it, with
 * CLUSTER_NOT_READY after `seconds` or when it is interrupted, and as `findCluster` does. A host that does not answer for a moment is waited for, too.
 */
export async function waitForCluster(
  client: KubeClient,
  target: ClusterName,
  { isDone, goal }: Goal,
  { seconds, step, onChange, signal }: Waiting,
): Promise<Cluster> {
  const deadline = AbortSignal.timeout(seconds * 1000);
  const name = `${target.namespace}/${target.name}`;
  let told = '';
  for (;;) {
    const { cluster, words } = await look(client, target);
    if (words !== told) {
      step.note(words);
      onChange(words);
    }
    told = words;
    if (cluster && isDone(cluster)) return cluster;
    if (cluster && isRefused(cluster)) {
      throw new K3vError('CLUSTER_REFUSED', `cluster ${name} cannot be: ${standingOf(cluster).message}`, {
        hint: 'Change it with k3v cluster update, or delete it with k3v cluster delete.',
      });
    }
    if (signal.aborted || deadline.aborted) {
      const when = signal.aborted ? 'yet, and not waited for any longer' : `after ${seconds} s`;
      const hint = `It goes on without that: k3v cluster get ${name} shows where it stands.`;
      const unseen = 'No controller has looked at it: is that of k3k running on the host?';
      throw new K3vError('CLUSTER_NOT_READY', `cluster ${name} is not ${goal} ${when}: ${words}`, {
        hint: cluster && !standingOf(cluster).isSeen ? unseen : hint,
      });
    }
    await delay(everyMs, AbortSignal.any([signal, deadline]));
  }
}

async function look(client: KubeClient, target: ClusterName): Promise<{ cluster?: Cluster; words: string }> {
  try {
    const cluster = await findCluster(client, target);
    return { cluster, words: standingWords(cluster) };
  } catch (error) {
    if (error instanceof ConnectionError || isBusy(error))
      return { words: `the host does not answer: ${String(error)}` };
    throw error;
  }
}
