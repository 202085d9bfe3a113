import type { KubeClient } from '../kube/client.ts';
import { isConflict, isNotFound, isOfEndingNamespace } from '../kube/errors.ts';
import type { Informer } from '../kube/informer.ts';
import { joinKey, type Namespace } from '../kube/types.ts';
import { type ClusterStores, byPolicyIn, clustersIn, namespacesUnder, policiesOf } from './cluster-stores.ts';
import { covers } from './covers.ts';
import { fieldManager, policyFinalizer, policyManagedLabel } from './names.ts';
import { podSecurityChange } from './pod-security-labels.ts';
import { type PolicyObject, policyKinds, policyObject, policyObjectName } from './policy-objects.ts';
import { policyStatus } from './policy-status.ts';
import { k3kResources, type PolicySpec, type VirtualClusterPolicy } from './types.ts';

/** What the reconciler reads, and keeps up with its own writes. All of them synced. */
export type PolicyStores = Pick<
  ClusterStores,
  'policies' | 'namespaces' | 'clusters' | 'resourceQuotas' | 'limitRanges'
>;

/** Returns the names of all policies that there are, or that something is left of. */
export function knownPolicies({ policies, namespaces, resourceQuotas, limitRanges }: PolicyStores): Set<string> {
  const marked = [namespaces, resourceQuotas, limitRanges].flatMap((informer) => [...informer.list()]);
  return new Set([...[...policies.list()].map(({ metadata }) => metadata.name), ...marked.flatMap(policiesOf)]);
}

/**
 * Returns what brings one policy into force, by its name: quota, limits and Pod Security labels in each namespace that has its label, and none of these where
 * the label was taken off or the policy is going; then its status and its finalizer. Level-based: any crash in between is made good by the next call, which
 * writes only what differs. Rejects, to be called again, when a write fails, after all else was done.
 *
 * NetworkPolicies are no part of it: each Cluster brings its own (`networkPolicies`), with a policy or without. One for the whole namespace would let clusters
 * of that namespace reach each other, and would shut in pods that are of none.
 */
export function createPolicyReconciler({
  client,
  stores,
  now = () => new Date(),
}: {
  client: KubeClient;
  stores: PolicyStores;
  now?: () => Date;
}): (name: string) => Promise<void> {
  const { policies, namespaces, resourceQuotas, limitRanges } = stores;
  const made: readonly Informer<PolicyObject>[] = [resourceQuotas, limitRanges];

  /** Puts `policy` into force in a namespace; without one, undoes what was done there for the policy `name`. */
  async function settle(name: string, namespace: string, policy: VirtualClusterPolicy | undefined): Promise<void> {
    for (const [index, resource] of policyKinds.entries()) {
      const informer = made[index];
      const ref = { resource, namespace, name: policyObjectName(name) };
      const live = informer?.get(joinKey(namespace, ref.name));
      const desired = policy ? policyObject(policy, resource, namespace) : undefined;
      if (desired && !isInPlace(live, desired)) {
        informer?.observe(await client.patch<PolicyObject>(ref, 'apply', desired, { fieldManager, force: true }));
      } else if (!desired && live && live.metadata.deletionTimestamp === undefined) {
        await gone(client.delete(ref, { uid: live.metadata.uid }));
      }
    }
    const found = namespaces.get(namespace);
    if (found) await mark(name, found, policy?.spec);
  }

  /** Labels a namespace last when a policy ends there, so that what is left is found by that label until then. */
  async function mark(name: string, namespace: Namespace, spec: PolicySpec | undefined): Promise<void> {
    const { labels, annotations, resourceVersion } = namespace.metadata;
    // That of another policy, which has taken over what this one put there.
    if (!spec && labels?.[policyManagedLabel] !== name) return;
    const change = podSecurityChange(spec?.podSecurityAdmissionLevel, labels, annotations);
    const own = spec ? name : null;
    if ((labels?.[policyManagedLabel] ?? null) !== own) change.labels[policyManagedLabel] = own;
    if (Object.keys({ ...change.labels, ...change.annotations }).length === 0) return;
    // What was there before is remembered: it must not be what somebody has changed meanwhile.
    const body = { metadata: { ...change, resourceVersion } };
    const ref = { resource: namespaces.resource, name: namespace.metadata.name };
    await gone(
      client.patch<Namespace>(ref, 'merge', body, { fieldManager }).then((answer) => namespaces.observe(answer)),
    );
  }

  async function setFinalizer(policy: VirtualClusterPolicy, isWanted: boolean): Promise<void> {
    const { name, finalizers = [], resourceVersion } = policy.metadata;
    if (finalizers.includes(policyFinalizer) === isWanted) return;
    const others = finalizers.filter((each) => each !== policyFinalizer);
    const body = { metadata: { finalizers: isWanted ? [...others, policyFinalizer] : others, resourceVersion } };
    const patch = client.patch<VirtualClusterPolicy>({ resource: k3kResources.policies, name }, 'merge', body, {
      fieldManager,
    });
    await gone(patch.then((answer) => policies.observe(answer)));
  }

  return async (name) => {
    const policy = policies.get(name);
    const holds = policy?.metadata.deletionTimestamp === undefined ? policy : undefined;
    if (holds) await setFinalizer(holds, true);

    const wanted = new Set(holds ? namespacesUnder(stores, name).map(({ metadata }) => metadata.name) : []);
    const touched = new Set([
      ...byPolicyIn(namespaces, name).map(({ metadata }) => metadata.name),
      ...made.flatMap((informer) => byPolicyIn(informer, name).map(({ metadata }) => metadata.namespace ?? '')),
    ]);
    const errors = new Map<string, unknown>();
    for (const namespace of [...touched].toSorted()) {
      try {
        await settle(name, namespace, wanted.has(namespace) ? holds : undefined);
      } catch (error) {
        if (!isOfEndingNamespace(error)) errors.set(namespace, error);
      }
    }

    if (holds) {
      const counted = [...wanted].map((namespace) => clustersIn(stores, namespace).length);
      // Whoever was faster is heard of in the next moment.
      const lasting = [...errors].filter(([, error]) => !isConflict(error));
      const failures = new Map(lasting.map(([namespace, error]) => [namespace, messageOf(error)]));
      const findings = { namespaces: wanted.size, clusters: counted.reduce((sum, each) => sum + each, 0), failures };
      const status = policyStatus(policies.get(name) ?? holds, findings, now());
      const ref = { resource: k3kResources.policies, name };
      const options = { subresource: 'status', fieldManager };
      if (status) {
        const patch = client.patch<VirtualClusterPolicy>(ref, 'merge', { status }, options);
        await gone(patch.then((answer) => policies.observe(answer)));
      }
    } else if (policy && errors.size === 0) await setFinalizer(policy, false);
    const [first] = errors.values();
    if (first !== undefined) throw first;
  };
}

function isInPlace(live: PolicyObject | undefined, desired: PolicyObject): boolean {
  const { labels, annotations, ownerReferences } = desired.metadata;
  return live !== undefined && covers(live, { metadata: { labels, annotations, ownerReferences }, spec: desired.spec });
}

/** Resolves also where there is nothing (any more) to be written to. */
async function gone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
