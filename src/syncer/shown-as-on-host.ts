import type { KubeObject, Resource } from '../kube/types.ts';
import type { MirrorDefinition } from './define-mirror.ts';
import { enqueueFrom } from './enqueue-rule.ts';

/** Returns the mirror that shows the host's objects of the cluster-scoped `resource`, where k3v may read them, under their own names. */
export function shownAsOnHost(resource: Resource): MirrorDefinition<KubeObject> {
  return {
    resource,
    optionalHostResources: [resource],
    enqueuedBy: [enqueueFrom('host', resource, ({ metadata }) => [metadata.name])],
    fromHost: (key, { host }) => {
      const found = host.lister<KubeObject>(resource).get(key);
      return found && shownObject(found);
    },
  };
}

/** Returns the virtual copy of a host object whose name is the same on both sides. */
export function shownObject<T extends KubeObject>(host: T): T {
  const { metadata, ...fields } = host;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = metadata.annotations ?? {};
  return { ...fields, metadata: { name: metadata.name, annotations } } as T;
}
