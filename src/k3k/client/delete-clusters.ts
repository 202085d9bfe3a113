import { K3vError } from '../../errors.ts';
import type { KubeClient, ObjectRef } from '../../kube/client.ts';
import { delay } from '../../kube/delay.ts';
import { ConnectionError, ifFound, isBusy } from '../../kube/errors.ts';
import { type KubeObject, type Namespace, type ObjectMeta, resources } from '../../kube/types.ts';
import { keepDataAnnotation, namespaceOfLabel } from '../names.ts';
import { type Cluster, k3kResources } from '../types.ts';
import { standingWords } from './cluster-standing.ts';
import type { Waiting } from './wait-for-cluster.ts';

const everyMs = 500;

/** Asks the host to delete `cluster`, with its data or without. Rejects as requests do; one that is gone already is deleted. */
export async function deleteCluster(
  client: KubeClient,
  { metadata: { namespace, name, uid } }: Cluster,
  { keepData }: { keepData: boolean },
): Promise<void> {
  const ref = { resource: k3kResources.clusters, namespace, name };
  if (keepData) {
    const metadata = { uid, annotations: { [keepDataAnnotation]: 'true' } };
    await ifFound(client.patch<Cluster>(ref, 'merge', { metadata }));
  }
  await ifFound(client.delete(ref, { uid }));
}

/**
 * Resolves as soon as a deleted `cluster` is gone, and, unless its data is kept, the namespace that was made for it. Without a controller on the host that does so, the namespace is
 * deleted here. Rejects with CLUSTER_NOT_READY if it takes too long or is interrupted.
 */
export async function waitUntilGone(
  client: KubeClient,
  { metadata: { namespace = '', name, uid } }: Cluster,
  { keepData, seconds, step, onChange, signal }: Waiting & { keepData: boolean },
): Promise<void> {
  const deadline = AbortSignal.timeout(seconds * 1000);
  const either = AbortSignal.any([signal, deadline]);
  let told = '';
  const wait = async (words: string, what: ObjectMeta | undefined) => {
    if (words !== told) {
      step.note(words);
      onChange(words);
    }
    told = words;
    if (either.aborted)
      throw stillThere(`${namespace}/${name}`, words, { what, seconds: signal.aborted ? undefined : seconds });
    await delay(everyMs, either);
  };
  for (;;) {
    const { found, away } = await look<Cluster>(client, { resource: k3kResources.clusters, namespace, name });
    if (away === undefined && found?.metadata.uid !== uid) break;
    await wait(away ?? (found ? standingWords(found) : ''), found?.metadata);
  }
  if (keepData) return;
  const ref = { resource: resources.namespaces, name: namespace };
  for (;;) {
    const { found, away } = await look<Namespace>(client, ref);
    if (away === undefined && found?.metadata.labels?.[namespaceOfLabel] !== name) return;
    if (found && !found.metadata.deletionTimestamp) await ifFound(client.delete(ref, { uid: found.metadata.uid }));
    await wait(away ?? `namespace ${namespace} goes`, found?.metadata);
  }
}

/** A host that does not answer for a moment says nothing of what is there. */
async function look<T extends KubeObject>(
  client: KubeClient,
  ref: ObjectRef,
): Promise<{ found?: T | undefined; away?: string }> {
  try {
    return { found: await ifFound(client.get<T>(ref)) };
  } catch (error) {
    if (error instanceof ConnectionError || isBusy(error))
      return { away: `the host does not answer: ${String(error)}` };
    throw error;
  }
}

function stillThere(
  cluster: string,
  words: string,
  { what, seconds }: { what: ObjectMeta | undefined; seconds: number | undefined },
): K3vError {
  const how = seconds === undefined ? 'was not waited for any longer' : `is not gone after ${seconds} s`;
  const held = what?.finalizers?.length
    ? `It is held by the finalizer ${what.finalizers.join(', ')}: does the controller of k3k run? `
    : '';
  return new K3vError('CLUSTER_NOT_READY', `cluster ${cluster} ${how}: ${words}`, {
    hint: `${held}It goes on being deleted.`,
  });
}
