import { type PersistentVolumeClaim, type StorageClass, resources } from '../../kube/types.ts';
import { defineMirror } from '../define-mirror.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { indexBy } from '../index-rule.ts';

const byClass = 'claims-by-class';
const classesOf = ({ spec }: PersistentVolumeClaim) => (spec?.storageClassName ? [spec.storageClassName] : []);

/**
 * Shows the host's storage classes, so that claims are defaulted as the host would. Where k3v may not read them, a class is made from what the
 * claims that have it show: without one the virtual API server would let no volume grow.
 */
export const storageClassMirror = defineMirror<StorageClass>({
  resource: resources.storageClasses,
  optionalHostResources: [resources.storageClasses],
  indexes: [indexBy('host', resources.persistentVolumeClaims, byClass, classesOf)],
  enqueuedBy: [
    enqueueFrom('host', resources.storageClasses, ({ metadata }) => [metadata.name]),
    enqueueFrom('host', resources.persistentVolumeClaims, classesOf),
  ],
  // Of a class almost nothing can change; on the host it has been deleted and made anew.
  mayBeMadeAnew: true,
  fromHost(key, { host, virtual }) {
    const found = host.lister<StorageClass>(resources.storageClasses).get(key);
    if (found) return mirroredStorageClass(found);
    if (host.has(resources.storageClasses)) return undefined;
    const claims = host.lister<PersistentVolumeClaim>(resources.persistentVolumeClaims).byIndex(byClass, key);
    if (claims.length === 0) return undefined;
    return virtual.lister<StorageClass>(resources.storageClasses).get(key) ?? classFromClaims(key, claims);
  },
});

/** Returns the virtual copy of a host storage class. */
export function mirroredStorageClass(host: StorageClass): StorageClass {
  const { metadata, ...fields } = host;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = metadata.annotations ?? {};
  return { ...fields, metadata: { name: metadata.name, annotations } };
}

/** Returns the class `name` as far as its claims show it, or undefined before its provisioner has shown itself. What the host does not allow, it refuses. */
export function classFromClaims(name: string, claims: PersistentVolumeClaim[]): StorageClass | undefined {
  const provisioner = claims
    .map(({ metadata }) => metadata.annotations?.['volume.kubernetes.io/storage-provisioner'])
    .find((found) => found !== undefined);
  if (provisioner === undefined) return undefined;
  const waits = claims.some(({ metadata }) => metadata.annotations?.['volume.kubernetes.io/selected-node']);
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner,
    allowVolumeExpansion: true,
    reclaimPolicy: 'Delete',
    volumeBindingMode: waits ? 'WaitForFirstConsumer' : 'Immediate',
  };
}
