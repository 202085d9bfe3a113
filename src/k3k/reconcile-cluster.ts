import equal from 'fast-deep-equal';
import { claimName } from '../host/claim-id.ts';
import { ifFound } from '../kube/errors.ts';
import { type ConfigMap, apiVersionOf, joinKey, resources } from '../kube/types.ts';
import type { EventRecorder } from '../syncer/event-recorder.ts';
import { ObjectRefused, type ObjectWriter } from './apply-objects.ts';
import type { ClusterContext } from './cluster-context.ts';
import { madeFor } from './cluster-stores.ts';
import { type Standing, clusterStatus, standingStatus } from './cluster-status.ts';
import { desiredObjects, firstObjects } from './desired-objects.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { finalizeCluster } from './finalize-cluster.ts';
import { customSecretKeys } from './custom-authorities.ts';
import { hasEtcd } from './etcd-members.ts';
import { type Surroundings, gatherContext, requireKubeconfig, requireSecrets } from './gather-context.ts';
import { clusterFinalizer, fieldManager, namesOf } from './names.ts';
import { addonsOf } from './objects/addons.ts';
import { policyFor } from './policy-for.ts';
import { refusalOf } from './refusals.ts';
import { serversStanding } from './servers-standing.ts';
import { type Cluster, type ClusterStatus, k3kResources } from './types.ts';

/** How long until something is looked at again of which no watch tells. */
const deletionPollMs = 1_000;
const outsidePollMs = 10_000;
/** How often it is looked whether a certificate of the controller's comes near its end. */
const renewalPollMs = 6 * 60 * 60 * 1000;

/** Does for one Cluster what there is to do; resolves with when it has to be looked at again, undefined if only when something changes. */
export type ReconcileCluster = (key: string) => Promise<number | undefined>;

/** Returns the function that brings one Cluster where its spec says. Level-based: it may be broken off anywhere. */
export function clusterReconciler(
  surroundings: Surroundings & { writer: ObjectWriter; recorder: EventRecorder; now: () => number },
): ReconcileCluster {
  const { client, stores, writer, recorder, now } = surroundings;

  async function writeStatus(cluster: Cluster, status: ClusterStatus): Promise<void> {
    const wanted = JSON.parse(JSON.stringify(status)) as ClusterStatus;
    if (equal(wanted, cluster.status ?? {})) return;
    const { name, namespace, uid } = cluster.metadata;
    const ref = { resource: k3kResources.clusters, namespace, name };
    const body = {
      apiVersion: apiVersionOf(k3kResources.clusters),
      kind: k3kResources.clusters.kind,
      metadata: { name, namespace, uid },
      status: wanted,
    };
    const written = await client.patch<Cluster>(ref, 'apply', body, {
      subresource: 'status',
      fieldManager,
      force: true,
    });
    stores.clusters.observe(written);
  }

  /** Says why a Cluster is not made as it stands, and leaves what there is as it is. */
  async function refuse(cluster: Cluster, message: string): Promise<undefined> {
    const standing: Standing = { phase: 'Pending', reason: 'ValidationFailed', message };
    await tell(cluster, standing);
    await writeStatus(cluster, { ...cluster.status, ...standingStatus(cluster, standing, now) });
  }

  async function tell(cluster: Cluster, { reason, message }: Standing): Promise<void> {
    await recorder.warn(k3kResources.clusters, cluster, reason, message);
  }

  /** Has the Cluster stay until it is finalized. Only from then on anything is made for it outside of its own objects. */
  async function hold(cluster: Cluster): Promise<Cluster> {
    const { name, namespace, uid, resourceVersion, finalizers = [] } = cluster.metadata;
    if (finalizers.includes(clusterFinalizer)) return cluster;
    const ref = { resource: k3kResources.clusters, namespace, name };
    const metadata = { uid, resourceVersion, finalizers: [...finalizers, clusterFinalizer] };
    const held = await client.patch<Cluster>(ref, 'merge', { metadata }, { fieldManager });
    stores.clusters.observe(held);
    return held;
  }

  /** Says that the id is another's, if it is: then nothing of what carries it is this Cluster's to delete, either. */
  async function takenId({ metadata, spec }: Cluster): Promise<string | undefined> {
    if (spec.mode !== 'shared' || metadata.finalizers?.includes(clusterFinalizer)) return undefined;
    const { name, namespace } = metadata;
    const ref = { resource: resources.configMaps, namespace, name: claimName(name) };
    const claim = await ifFound(client.get<ConfigMap>(ref));
    if (!claim) return undefined;
    return `ID_TAKEN: another k3v has the id ${name} in this namespace, as the ConfigMap ${ref.name} says. Choose another name; or, if that one is gone for good: k3v uninstall --namespace ${namespace} --id ${name}`;
  }

  async function finalize(cluster: Cluster): Promise<number | undefined> {
    const { name, namespace, uid, resourceVersion, finalizers = [] } = cluster.metadata;
    if (!finalizers.includes(clusterFinalizer)) return undefined;
    const waitsFor = await finalizeCluster(cluster, surroundings);
    if (waitsFor !== undefined) {
      const standing: Standing = { phase: 'Terminating', reason: 'Terminating', message: waitsFor };
      await writeStatus(cluster, { ...cluster.status, ...standingStatus(cluster, standing, now) });
      return deletionPollMs;
    }
    const metadata = { uid, resourceVersion, finalizers: finalizers.filter((each) => each !== clusterFinalizer) };
    await ifFound(client.patch({ resource: k3kResources.clusters, namespace, name }, 'merge', { metadata }));
    return undefined;
  }

  /** Of a Cluster that went without its finalizer, what no garbage collector finds. */
  async function sweep(key: string): Promise<undefined> {
    for (const { resource, byCluster } of wideStores()) {
      for (const { metadata } of byCluster(key)) {
        await ifFound(client.delete({ resource, name: metadata.name }, { uid: metadata.uid }));
      }
    }
  }

  function wideStores() {
    return stores.owned
      .filter(({ resource }) => !resource.namespaced)
      .map((store) => ({ resource: store.resource, byCluster: (key: string) => madeFor(store, key) }));
  }

  async function make(context: ClusterContext): Promise<{ standing: Standing; endpoint: Endpoint | undefined }> {
    const { cluster, secrets } = context;
    const waits = (message: string, endpoint?: Endpoint) => ({
      standing: { phase: 'Provisioning', reason: 'Provisioning', message } satisfies Standing,
      endpoint,
    });
    const missing = addonsOf(context).find(({ source }) => !secrets.has(source));
    if (missing) return waits(`the Secret ${missing.source}, which addons names, is not there`);
    const gone = customSecretKeys(context).find((key) => !secrets.has(key));
    if (gone !== undefined) return waits(`the Secret ${gone}, which customCAs names, is not there`);
    const complete = await requireSecrets(context, surroundings);
    const first = await writer.apply(cluster, firstObjects(context));
    if (first) return waits(first);
    const service = stores.services.get(
      joinKey(cluster.metadata.namespace ?? '', namesOf(cluster.metadata.name).service),
    );
    const whole: ClusterContext = { ...complete, service };
    const endpoint = endpointOf(whole);
    if ('waitsFor' in endpoint) return waits(endpoint.waitsFor);
    await requireKubeconfig(whole, endpoint.url, surroundings);
    const wanted = desiredObjects(whole);
    const next = await writer.apply(cluster, wanted);
    if (next) return waits(next, endpoint);
    await writer.prune(cluster, wanted);
    const standing = await serversStanding(whole, surroundings);
    return { standing, endpoint };
  }

  return async (key) => {
    const found = stores.clusters.get(key);
    if (!found) return await sweep(key);
    if (found.metadata.deletionTimestamp) return await finalize(found);
    const policy = await policyFor(found, surroundings);
    if (policy && 'missing' in policy) {
      return await refuse(found, `the policy ${policy.missing}, which the namespace names, is not there`);
    }
    const context = await gatherContext(found, policy, surroundings);
    const { name, namespace = '' } = found.metadata;
    const servers = stores.statefulSets.get(joinKey(namespace, namesOf(name).server));
    const refusal = refusalOf(context, servers) ?? (await takenId(found));
    if (refusal !== undefined) return await refuse(found, refusal);
    const cluster = await hold(found);
    const held: ClusterContext = { ...context, cluster };
    try {
      const { standing, endpoint } = await make(held);
      if (standing.phase === 'Failed') await tell(cluster, standing);
      await writeStatus(cluster, clusterStatus(held, { standing, endpoint, now }));
      if (isLookedAt(held, standing)) return outsidePollMs;
      return hasEtcd(held) || held.spec.mode === 'virtual' ? renewalPollMs : undefined;
    } catch (error) {
      if (!(error instanceof ObjectRefused)) throw error;
      const standing: Standing = { phase: 'Failed', reason: 'ProvisioningFailed', message: error.message };
      await tell(cluster, standing);
      await writeStatus(cluster, clusterStatus(held, { standing, endpoint: undefined, now }));
      throw error;
    }
  };
}

/** Whether it depends on something that is not watched: events of the host, and Secrets of other namespaces. */
function isLookedAt(context: ClusterContext, { phase }: Standing): boolean {
  return phase === 'Provisioning' || addonsOf(context).some(({ isCopied }) => isCopied);
}
