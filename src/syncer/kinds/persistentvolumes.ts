import { type PersistentVolume, type PersistentVolumeClaim, joinKey, resources } from '../../kube/types.ts';
import { defineMirror, enqueueFrom, indexBy } from '../define-syncer.ts';

const byVolume = 'claims-by-volume';
const volumeNamesOf = ({ spec }: PersistentVolumeClaim) => (spec?.volumeName ? [spec.volumeName] : []);

/** Stands a PersistentVolume in for each volume that the host bound to one of our claims, so that `kubectl get pv` tells the truth. */
export const persistentVolumeMirror = defineMirror<PersistentVolume>({
  resource: resources.persistentVolumes,
  indexes: [indexBy('host', resources.persistentVolumeClaims, byVolume, volumeNamesOf)],
  enqueuedBy: [
    enqueueFrom('host', resources.persistentVolumeClaims, volumeNamesOf),
    enqueueFrom('virtual', resources.persistentVolumeClaims, volumeNamesOf),
  ],
  // The protection controller lets go of a volume only when it is no longer bound.
  lastStatus: { phase: 'Released' },
  fromHost(key, { host, virtual, translator }) {
    const [claim] = host.lister<PersistentVolumeClaim>(resources.persistentVolumeClaims).byIndex(byVolume, key);
    const owner = claim && translator.ownerOf(claim, 'PersistentVolumeClaim');
    const virtualClaim =
      owner &&
      virtual.lister<PersistentVolumeClaim>(resources.persistentVolumeClaims).get(joinKey(owner.namespace, owner.name));
    return claim && virtualClaim && standInVolume(key, claim, virtualClaim);
  },
});

/** Returns the virtual PersistentVolume `name` for the host claim that is bound to it. No controller of the virtual cluster acts on its driver. */
export function standInVolume(
  name: string,
  host: PersistentVolumeClaim,
  virtual: PersistentVolumeClaim,
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
      persistentVolumeReclaimPolicy: 'Retain',
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
