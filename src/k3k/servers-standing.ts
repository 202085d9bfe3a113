import { kubeconfigKey } from '../host/kubeconfig-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeEvent, type Pod, type Secret, type StatefulSet, joinKey, keyOf, resources } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { type ClusterStores, madeFor } from './cluster-stores.ts';
import type { Standing } from './cluster-status.ts';
import { namesOf } from './names.ts';
import { isPaused } from './paused.ts';
import { type PodTrouble, podTrouble } from './pod-trouble.ts';

/** Returns how a Cluster stands all of whose objects are in place: what it waits for, or that it is ready. Of several servers not all need to be. */
export async function serversStanding(
  { cluster }: ClusterContext,
  { client, stores }: { client: KubeClient; stores: ClusterStores },
): Promise<Standing> {
  const { name, namespace = '' } = cluster.metadata;
  const key = keyOf(cluster);
  if (isPaused(cluster)) {
    const left = madeFor(stores.pods, key).map(({ metadata }) => metadata.name);
    if (left.length > 0) return waits(`to be paused: waits until ${left.toSorted().join(', ')} end`);
    return { phase: 'Pending', reason: 'Paused', message: 'paused: its servers do not run, what it made stays' };
  }
  const sets = madeFor(stores.statefulSets, key);
  const unsettled = sets.find((set) => !isSettled(set));
  const trouble = unsettled && (await troubleOf(unsettled, { client, pods: madeFor(stores.pods, key) }));
  if (trouble && !sets.every(hasMost)) {
    const { message, hasFailed } = trouble;
    return hasFailed ? { phase: 'Failed', reason: 'ProvisioningFailed', message } : waits(message);
  }
  const kubeconfig: Secret | undefined = stores.secrets.get(joinKey(namespace, namesOf(name).kubeconfig));
  if (kubeconfig?.data?.[kubeconfigKey] === undefined) return waits('the servers have not written the kubeconfig yet');
  const message = trouble
    ? `the API server answers; ${trouble.message}`
    : 'the API server answers, and the kubeconfig is made';
  return { phase: 'Ready', reason: 'Provisioned', message };
}

function waits(message: string): Standing {
  return { phase: 'Provisioning', reason: 'Provisioning', message };
}

/** Returns what keeps `set` from having its pods: first what makes a pod end, then what a pod waits for. */
async function troubleOf(
  set: StatefulSet,
  { client, pods }: { client: KubeClient; pods: readonly Pod[] },
): Promise<PodTrouble> {
  const [worst] = pods
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((pod) => podTrouble(pod) ?? [])
    .toSorted((a, b) => Number(b.hasFailed) - Number(a.hasFailed));
  if (worst) return worst;
  return { message: (await refusedPod(set, client)) ?? waitingWords(set), hasFailed: false };
}

/** Whether all pods are there, ready, and as they are to be now. */
function isSettled({ metadata, spec, status }: StatefulSet): boolean {
  const { replicas = 1 } = spec ?? {};
  return (
    status?.observedGeneration === metadata.generation &&
    (status?.readyReplicas ?? 0) >= replicas &&
    status?.currentRevision === status?.updateRevision
  );
}

/** Whether so many of its pods are ready that it works: one that is the only one has to be as it is to be. */
function hasMost(set: StatefulSet): boolean {
  const { replicas = 1 } = set.spec ?? {};
  return replicas === 1 ? isSettled(set) : (set.status?.readyReplicas ?? 0) > replicas / 2;
}

function waitingWords({ metadata, spec, status }: StatefulSet): string {
  return `StatefulSet ${metadata.name}: ${status?.readyReplicas ?? 0} of ${spec?.replicas ?? 1} pods are ready`;
}

/** Returns why the host makes no pods for `set`, as its controller says in an event: a quota, or Pod Security. */
async function refusedPod(
  { metadata: { name, namespace, uid }, status }: StatefulSet,
  client: KubeClient,
): Promise<string | undefined> {
  if ((status?.replicas ?? 0) > 0) return undefined;
  const fieldSelector = `involvedObject.uid=${uid},reason=FailedCreate`;
  const { items } = await client.list<KubeEvent>(resources.events, { namespace, fieldSelector });
  const last = items.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))).at(-1);
  return last && `StatefulSet ${name}: ${last.message}`;
}

function timeOf({ lastTimestamp, eventTime }: KubeEvent): string {
  return lastTimestamp ?? eventTime ?? '';
}
