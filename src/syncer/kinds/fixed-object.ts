import type { KubeObject, Resource } from '../../kube/types.ts';
import { type MirrorDefinition, defineMirror } from '../define-mirror.ts';

/**
 * Keeps the object `key` of the virtual cluster as `wanted`, whatever the tenant does to it; where nothing is wanted, removes what k3v made of it
 * before. As everywhere, an object without k3v's label is the tenant's own.
 */
export function fixedObjectMirror<V extends KubeObject>(
  resource: Resource,
  key: string,
  wanted: V | undefined,
): MirrorDefinition<V> {
  return defineMirror<V>({
    resource,
    always: [key],
    enqueuedBy: [],
    // Others of the kind stay as they are.
    fromHost: (each, { virtual }) => (each === key ? wanted : virtual.lister<V>(resource).get(each)),
  });
}
