import { type KubeObject, type ObjectMeta, type Pod, type Resource, joinKey, resources } from '../../kube/types.ts';
import { marks } from '../../translate/translator.ts';
import { type EnqueueRule, enqueueFrom } from '../enqueue-rule.ts';
import type { SyncContext } from '../sync-context.ts';
import { hasEnded, startsOnHost } from './pod-life.ts';

/** Has companions looked at, by the keys of their pods, when the host pod comes and goes. */
export const whenHostPodComesOrGoes: EnqueueRule = {
  ...enqueueFrom<Pod>('host', resources.pods, (pod, { translator }) => {
    const owner = translator.ownerOf(pod, resources.pods.kind);
    return owner ? [joinKey(owner.namespace, owner.name)] : [];
  }),
  matters: (previous, current) => previous?.metadata.uid !== current?.metadata.uid,
};

/** Whether the companions of a virtual pod have to do with its change: when it comes, is placed, ends or goes, not when it only says something. */
export function concernsCompanions(previous: Pod | undefined, current: Pod | undefined): boolean {
  const [before, after] = [previous, current].map(
    (pod) => pod && [pod.metadata.uid, pod.spec?.nodeName, startsOnHost(pod), hasEnded(pod)].join(' '),
  );
  return before !== after;
}

/** Returns the rule that a pod which has no host pod yet is looked at when its companions of `kind` come or change: it waits for them. */
export function whenCompanionComes(resource: Resource, kind: string): EnqueueRule {
  return {
    ...enqueueFrom('host', resource, (companion, context) => {
      const owner = context.translator.ownerOf(companion, kind);
      return owner && !hostPodAt(owner, context) ? [joinKey(owner.namespace, owner.name)] : [];
    }),
    matters: (_, current) => current !== undefined,
  };
}

/** Whether there is, or is about to be, a host pod of `virtual` that reads its companions. One that has ended reads none any more. */
export function wantsCompanions(virtual: Pod, context: SyncContext): boolean {
  return !hasEnded(virtual) && (hostPodOf(virtual, context) !== undefined || startsOnHost(virtual));
}

/**
 * Returns the head of a host object, marked as `kind`, that exists for one virtual pod alone: from before its host pod is made until that has
 * gone. The host's garbage collector removes it with the host pod, even while k3v is down.
 */
export function companionOf(
  virtual: Pod,
  context: SyncContext,
  resource: Resource,
  kind: string,
): { apiVersion: string; kind: string; metadata: ObjectMeta } {
  const { name, namespace, uid } = virtual.metadata;
  const object = context.translator.hostObject(resource, { metadata: { name, namespace, uid } }, kind);
  const owner = hostPodOf(virtual, context)?.metadata;
  const ownerReferences = owner?.uid ? [{ apiVersion: 'v1', kind: 'Pod', name: owner.name, uid: owner.uid }] : [];
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}

/** Whether the companion `host` belongs to its host pod, and goes when that goes. */
export function goesWithPod(host: KubeObject): boolean {
  return (host.metadata.ownerReferences ?? []).some(({ kind }) => kind === resources.pods.kind);
}

/** Returns what the host has of the companion `kind` of `virtual` itself, not of a predecessor with the same name. */
export function usableCompanion<T extends KubeObject>(
  { metadata }: Pod,
  { host, translator }: SyncContext,
  resource: Resource,
  kind: string,
): T | undefined {
  const name = translator.hostName(kind, metadata.namespace ?? '', metadata.name);
  const found = host.lister<T>(resource).get(joinKey(translator.hostNamespace, name));
  const isOwn = found?.metadata.annotations?.[marks.ownerUid] === metadata.uid;
  return isOwn && !found?.metadata.deletionTimestamp ? found : undefined;
}

function hostPodOf({ metadata }: Pod, context: SyncContext): Pod | undefined {
  const pod = hostPodAt({ namespace: metadata.namespace ?? '', name: metadata.name }, context);
  return pod?.metadata.annotations?.[marks.ownerUid] === metadata.uid ? pod : undefined;
}

/** Returns the host pod that stands where that of the virtual pod `owner` would: its own, or a predecessor's. */
function hostPodAt(owner: { namespace: string; name: string }, { host, translator }: SyncContext): Pod | undefined {
  const name = translator.hostName(resources.pods.kind, owner.namespace, owner.name);
  return host.lister<Pod>(resources.pods).get(joinKey(translator.hostNamespace, name));
}
