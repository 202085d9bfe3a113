import { type KubeObject, type Pod, type Resource, joinKey, resources } from '../../kube/types.ts';
import type { Concern } from '../define-opt-in.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { NotYet } from '../not-yet.ts';
import type { SyncContext } from '../sync-context.ts';

const { serviceAccounts, priorityClasses } = resources;

/** As whom and how urgently a host pod runs; what is left out is the host's default. */
interface Standing {
  serviceAccountName?: string;
  priorityClassName?: string;
}

/** Returns the standing of the host pod of `pod`: by objects that `--sync` brought to the host. */
export function standingOf(pod: Pod, { translator, settings, virtual }: SyncContext): Standing {
  const { priorityClassName } = pod.spec ?? {};
  const hasClass =
    priorityClassName !== undefined &&
    settings.optIn?.has(priorityClasses.plural) &&
    crossesToHost(priorityClassName) &&
    // One that is gone counts no more for pods that it has let in.
    virtual.lister(priorityClasses).get(priorityClassName) !== undefined;
  return {
    ...(settings.optIn?.has(serviceAccounts.plural)
      ? { serviceAccountName: translator.hostName(serviceAccounts.kind, pod.metadata.namespace ?? '', accountOf(pod)) }
      : {}),
    ...(hasClass ? { priorityClassName: translator.hostName(priorityClasses.kind, '', priorityClassName) } : {}),
  };
}

/** Throws NotYet until the host has what the standing of `pod` names: its admission refuses the pod otherwise. */
export function requireStanding(pod: Pod, context: SyncContext): void {
  const { serviceAccountName, priorityClassName } = standingOf(pod, context);
  const { host, translator } = context;
  const needs = (resource: Resource, key: string, name: string) => {
    if (!host.lister(resource).get(key)) throw new NotYet(`the host has no ${resource.kind} for ${name} yet`);
  };
  if (serviceAccountName) needs(serviceAccounts, joinKey(translator.hostNamespace, serviceAccountName), accountOf(pod));
  if (priorityClassName) needs(priorityClasses, priorityClassName, pod.spec?.priorityClassName ?? '');
}

/** Whether the tenant's PriorityClass `name` goes to the host: those that Kubernetes itself has made do not. */
export function crossesToHost(name: string): boolean {
  return !name.startsWith('system-');
}

/** Returns the rule that pods which may wait for a host object of `resource` are looked at when it comes; `isUsed` says whether a pod names its owner. */
export function wakesPods(
  resource: Resource,
  isUsed: (pod: Pod, owner: { namespace: string; name: string }) => boolean,
): Concern {
  const rule = enqueueFrom<KubeObject>('host', resource, (object, { translator, virtual }) => {
    const owner = translator.ownerOf(object, resource.kind);
    if (!owner) return [];
    const pods = [...virtual.lister<Pod>(resources.pods).list()].filter(
      (pod) => !pod.spec?.nodeName && isUsed(pod, owner),
    );
    return pods.map(({ metadata }) => joinKey(metadata.namespace ?? '', metadata.name));
  });
  return { resource: resources.pods, rule };
}

/** Returns the name of the service account that `pod` runs as. */
export function accountOf({ spec }: Pod): string {
  return spec?.serviceAccountName || 'default';
}
