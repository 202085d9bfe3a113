import { setTimeout as delay } from 'node:timers/promises';
import { clusterFinalizer, namespaceOfLabel, namesOf, pausedAnnotation, policyLabel } from '../../src/k3k/names.ts';
import { type Cluster, type ClusterStatus, type Phase, k3kResources } from '../../src/k3k/types.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ConnectionError, StatusError, ifFound } from '../../src/kube/errors.ts';
import { type Namespace, type Secret, type Service, resources } from '../../src/kube/types.ts';

/** Version of a Cluster that the stand-in refuses, and of one that it never gets ready. */
export const [refusedVersion, endlessVersion] = ['v1.99', 'v1.98'];

/**
 * Does to Clusters, until `signal` aborts, what the command line sees of the controller of k3k: a finalizer, phases, a Service, and the kubeconfig in a Secret, which is `kubeconfig`. No
 * pod runs.
 */
export async function standInForController(client: KubeClient, kubeconfig: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items } = await client.list<Cluster>(k3kResources.clusters);
      for (const cluster of items) await look(client, cluster, kubeconfig);
    } catch (error) {
      // It looks again: another has written meanwhile, the namespace goes, or a busy machine was too slow.
      if (!(error instanceof StatusError || error instanceof ConnectionError)) throw error;
    }
    await delay(100, undefined, { signal }).catch(() => undefined);
  }
}

async function look(client: KubeClient, cluster: Cluster, kubeconfig: string): Promise<void> {
  const { metadata } = cluster;
  const { namespace = '', name, finalizers = [], resourceVersion } = metadata;
  const ref = { resource: k3kResources.clusters, namespace, name };
  if (metadata.deletionTimestamp) {
    const home = await ifFound(client.get<Namespace>({ resource: resources.namespaces, name: namespace }));
    if (home?.metadata.labels?.[namespaceOfLabel] === name && !home.metadata.deletionTimestamp) {
      await client.delete({ resource: resources.namespaces, name: namespace });
    }
    await ifFound(client.patch<Cluster>(ref, 'merge', { metadata: { finalizers: [], resourceVersion } }));
    return;
  }
  if (!finalizers.includes(clusterFinalizer)) {
    await client.patch<Cluster>(ref, 'merge', { metadata: { finalizers: [clusterFinalizer], resourceVersion } });
    return;
  }
  const status = await statusOf(client, cluster, kubeconfig);
  const conditions = status.conditions?.map((each) => ({ ...each, lastTransitionTime: metadata.creationTimestamp }));
  // Nothing happens where it is so already.
  const body = { metadata: { resourceVersion }, status: { ...status, conditions } };
  await client.patch<Cluster>(ref, 'merge', body, { subresource: 'status' });
}

async function statusOf(client: KubeClient, cluster: Cluster, kubeconfig: string): Promise<ClusterStatus> {
  const { metadata, spec } = cluster;
  const told = (phase: Phase, reason: string, message: string): ClusterStatus => ({
    conditions: [
      { type: 'Ready', status: phase === 'Ready' ? 'True' : 'False', reason, message, lastTransitionTime: '' },
    ],
    observedGeneration: metadata.generation ?? 0,
    phase,
  });
  if (spec.version === refusedVersion) return told('Pending', 'ValidationFailed', 'version v1.99 is not supported');
  if (spec.version === endlessVersion) return told('Provisioning', 'NotReady', 'pod k3k-0 is not ready');
  if (metadata.annotations?.[pausedAnnotation] === 'true') return told('Pending', 'Paused', 'the servers are stopped');
  const { namespace = '', name } = metadata;
  const owned = (object: string) => ({ name: object, namespace });
  const type = spec.expose?.nodePort ? 'NodePort' : 'ClusterIP';
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: owned(namesOf(name).service),
    spec: { type, ports: [{ name: 'api', port: 443, targetPort: 6443 }] },
  };
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: owned(namesOf(name).kubeconfig),
    data: { 'kubeconfig.yaml': Buffer.from(kubeconfig).toString('base64') },
  };
  for (const [resource, object] of [
    [resources.services, service],
    [resources.secrets, secret],
  ] as const) {
    const ref = { resource, namespace, name: object.metadata.name };
    await client.patch(ref, 'apply', object, { fieldManager: 'k3k-controller', force: true });
  }
  const home = await client.get<Namespace>({ resource: resources.namespaces, name: namespace });
  const policyName = home.metadata.labels?.[policyLabel];
  const [, endpoint = ''] = /server: (\S+)/.exec(kubeconfig) ?? [];
  return {
    ...told('Ready', 'Ready', 'the API server answers'),
    ...(policyName === undefined ? {} : { policyName }),
    ...(type === 'NodePort' ? { endpoint } : {}),
    version: spec.version ?? 'v1.36.3',
  };
}
