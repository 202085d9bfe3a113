import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
  joinKey,
  resources,
} from '../../kube/types.ts';
import { defineMirror } from '../define-mirror.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { indexBy } from '../index-rule.ts';

const byVolume = 'claims-by-volume';
const volumeNamesOf = ({ spec }: PersistentVolumeClaim) => (spec?.volumeName ? [spec.volumeName] : []);

/** Stands a PersistentVolume in for each volume that the host bound to one of our claims, so that `kubectl get pv` tells the truth. */
export const persistentVolumeMirror = defineMirror<PersistentVolume>({
  resource: resources.persistentVolumes,
  optionalHostResources: [resources.storageClasses],
  indexes: [indexBy('host', resources.persistentVolumeClaims, byVolume, volumeNamesOf)],
  enqueuedBy: [
    enqueueFrom('host', resources.persistentVolumeClaims, volumeNamesOf),
    enqueueFrom('virtual', resources.persistentVolumeClaims, volumeNamesOf),
  ],
  // The protection controller lets go of a volume only when it is no longer bound.
  lastStatus: { phase: 'Released' },
  warnOfForeign: () => ({
    reason: 'NotSupported',
    message:
      'k3v binds no volumes that are made in the virtual cluster: pods run in the host cluster, which knows its own alone; ask for storage by a claim with a storage class',
  }),
  fromHost(key, { host, virtual, translator }) {
    const [claim] = host.lister<PersistentVolumeClaim>(resources.persistentVolumeClaims).byIndex(byVolume, key);
    const owner = claim && translator.ownerOf(claim, 'PersistentVolumeClaim');
    const virtualClaim =
      owner &&
      virtual.lister<PersistentVolumeClaim>(resources.persistentVolumeClaims).get(joinKey(owner.namespace, owner.name));
    const className = claim?.spec?.storageClassName ?? '';
    const storageClass = host.lister<StorageClass>(resources.storageClasses).get(className);
    return claim && virtualClaim && standInVolume(key, claim, virtualClaim, storageClass?.reclaimPolicy);
  },
});

/**
 * Returns the virtual PersistentVolume `name` for the host claim that is bound to it. No controller of the virtual cluster acts on its driver or its
 * reclaim policy, which is that of the storage class; where k3v may not read those, that of most: it promises no more than may be true.
 */
export function standInVolume(
  name: string,
  host: PersistentVolumeClaim,
  virtual: PersistentVolumeClaim,
  reclaimPolicy = 'Delete',
): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: host.status?.capacity ?? host.spec?.resources?.requests ?? {},
      accessModes: host.status?.accessModes ?? host.spec?.accessModes ?? [],
      storageClassName: host.spec?.storageClassName ?? '',
      volumeMode: host.spec?.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: reclaimPolicy,
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: virtual.metadata.namespace,
        name: virtual.metadata.name,
        uid: virtual.metadata.uid,
      },
      csi: { driver: 'host.k3v.io', volumeHandle: `${host.metadata.namespace}/${host.metadata.name}` },
    },
    status: { phase: 'Bound' },
  };
}
