import { type KubeEvent, type KubeObject, type Resource, resources } from '../kube/types.ts';
import { type Translator, marks } from '../translate/translator.ts';
import { keepHostEvent } from './kinds/events.ts';
import type { Scope } from './side-stores.ts';

/**
 * Returns what is held of a virtual resource: everything, but of events only those that k3v brought from the host, and of Leases only those of replicas of
 * k3v, in the namespace that no tenant's user writes to.
 */
export function virtualScope(resource: Resource): Scope {
  switch (resource) {
    case resources.events:
      return { labelSelector: `${marks.managedLabel}=true` };
    case resources.leases:
      return { namespace: 'kube-system', labelSelector: `${marks.replicaLabel}=true` };
    default:
      return {};
  }
}

/**
 * Returns what is held of a host resource, or undefined if k3v may not read it: our objects in the host namespace; events there that may be
 * about them; of cluster-scoped resources that k3v writes ours, of those that it shows as they are all others,
 * all others whole. `optional` says which of those that k3v can do without
 * may be read.
 */
export function hostScope(
  resource: Resource,
  {
    translator,
    optional,
    isWritten,
    isForeign,
  }: {
    translator: Translator;
    optional: (resource: Resource) => boolean;
    isWritten: (resource: Resource) => boolean;
    isForeign: (resource: Resource) => boolean;
  },
): Scope | undefined {
  const namespace = translator.hostNamespace;
  if (resource === resources.events) return optional(resource) ? { namespace, keep: keepEvent } : undefined;
  if (isForeign(resource)) {
    return { ...(resource.namespaced ? { namespace } : {}), labelSelector: `${marks.managedLabel}!=true` };
  }
  if (resource.namespaced) return { namespace, labelSelector: translator.managedSelector };
  if (isWritten(resource)) return { labelSelector: translator.clusterScopedSelector };
  return optional(resource) ? {} : undefined;
}

function keepEvent(object: KubeObject): KubeObject | undefined {
  return keepHostEvent(object as KubeEvent);
}
