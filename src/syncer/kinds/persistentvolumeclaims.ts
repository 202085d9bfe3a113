import { type PersistentVolumeClaim, resources } from '../../kube/types.ts';
import type { Translator } from '../../translate/translator.ts';
import { type VirtualChange, defineSyncer } from '../define-syncer.ts';

/** Mirrors every PersistentVolumeClaim onto the host, where it is bound, and brings the binding back. */
export const persistentVolumeClaimSyncer = defineSyncer<PersistentVolumeClaim>({
  resource: resources.persistentVolumeClaims,
  toHost: (virtual, { translator }) => toHostClaim(virtual, translator),
  hostPatch: claimPatch,
  toVirtual: toVirtualClaim,
});

/**
 * Returns the host claim that `virtual` should have. `volumeName` and `selector` stay out: they speak of virtual volumes,
 * which are only stand-ins.
 */
export function toHostClaim(virtual: PersistentVolumeClaim, translator: Translator): PersistentVolumeClaim {
  const { volumeName: _, selector: __, dataSource, dataSourceRef, ...spec } = virtual.spec ?? {};
  const rename = <S extends { kind: string; name: string }>(source: S): S =>
    source.kind === resources.persistentVolumeClaims.kind
      ? { ...source, name: translator.hostName(source.kind, virtual.metadata.namespace ?? '', source.name) }
      : source;
  return {
    ...translator.hostObject(resources.persistentVolumeClaims, virtual),
    spec: {
      ...spec,
      ...(dataSource ? { dataSource: rename(dataSource) } : {}),
      ...(dataSourceRef ? { dataSourceRef: rename(dataSourceRef) } : {}),
    },
  };
}

/** A claim's spec cannot change but for its size and its attributes class (ValidatePersistentVolumeClaimUpdate). */
function claimPatch(desired: PersistentVolumeClaim, host: PersistentVolumeClaim): object | undefined {
  const wanted = desired.spec?.resources?.requests?.['storage'];
  const attributesClass = desired.spec?.volumeAttributesClassName;
  const spec = {
    ...(wanted && wanted !== host.spec?.resources?.requests?.['storage']
      ? { resources: { requests: { storage: wanted } } }
      : {}),
    ...(attributesClass && attributesClass !== host.spec?.volumeAttributesClassName
      ? { volumeAttributesClassName: attributesClass }
      : {}),
  };
  return Object.keys(spec).length > 0 ? { spec } : undefined;
}

/** Returns what the host's binding means for the virtual claim. */
export function toVirtualClaim(
  host: PersistentVolumeClaim,
  virtual: PersistentVolumeClaim,
): VirtualChange<PersistentVolumeClaim> {
  const volumeName = host.spec?.volumeName;
  const { conditions: _, ...status } = host.status ?? { phase: 'Pending' };
  if (!volumeName || virtual.spec?.volumeName) return { status: host.status ?? { phase: 'Pending' } };
  return {
    patch: {
      metadata: {
        annotations: {
          'pv.kubernetes.io/bind-completed': 'yes',
          'pv.kubernetes.io/bound-by-controller': 'yes',
        },
      },
      spec: { volumeName },
    },
    status,
  };
}
