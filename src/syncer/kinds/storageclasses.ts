import { type StorageClass, resources } from '../../kube/types.ts';
import { defineMirror, enqueueFrom } from '../define-syncer.ts';

/** Shows the host's storage classes, where k3v may read them, so that claims are defaulted as the host would. */
export const storageClassMirror = defineMirror<StorageClass>({
  resource: resources.storageClasses,
  optionalHostResources: [resources.storageClasses],
  enqueuedBy: [enqueueFrom('host', resources.storageClasses, ({ metadata }) => [metadata.name])],
  fromHost: (key, { host }) => {
    const found = host.lister<StorageClass>(resources.storageClasses).get(key);
    return found && mirroredStorageClass(found);
  },
});

/** Returns the virtual copy of a host storage class. */
export function mirroredStorageClass(host: StorageClass): StorageClass {
  const { metadata, ...fields } = host;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = metadata.annotations ?? {};
  return { ...fields, metadata: { name: metadata.name, annotations } };
}
