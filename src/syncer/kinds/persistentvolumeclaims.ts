import { type PersistentVolumeClaim, resources } from '../../kube/types.ts';
import { quantityOf } from '../../translate/quantity.ts';
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
    ...(wanted && canResizeTo(wanted, host) ? { resources: { requests: { storage: wanted } } } : {}),
    ...(attributesClass && attributesClass !== host.spec?.volumeAttributesClassName
      ? { volumeAttributesClassName: attributesClass }
      : {}),
  };
  return Object.keys(spec).length > 0 ? { spec } : undefined;
}

/**
 * Whether `host` differs from `wanted` and would take it. A volume never shrinks: what the host has made larger stays so. Only an
 * expansion that has not come about can be taken back, to more than there is (KEP-1790).
 */
function canResizeTo(wanted: string, { spec, status }: PersistentVolumeClaim): boolean {
  const requested = spec?.resources?.requests?.['storage'];
  if (requested === undefined || wanted === requested) return false;
  const amount = quantityOf(wanted);
  const present = status?.capacity?.['storage'];
  if (amount < quantityOf(requested)) return present !== undefined && amount > quantityOf(present);
  return amount !== quantityOf(requested);
}

/**
 * Returns what the host's binding means for the virtual claim: the volume and the class that the host chose, where the tenant named none, the
 * annotations that the binder would have put there, and the status.
 */
export function toVirtualClaim(
  host: PersistentVolumeClaim,
  virtual: PersistentVolumeClaim,
): VirtualChange<PersistentVolumeClaim> {
  const { volumeName, storageClassName } = host.spec ?? {};
  const isChosen = virtual.spec?.volumeName === undefined || virtual.spec.volumeName === volumeName;
  const classIsOpen = virtual.spec?.storageClassName === undefined && !virtual.metadata.annotations?.[betaClass];
  const spec = {
    ...(volumeName && !virtual.spec?.volumeName ? { volumeName } : {}),
    // Only from nothing to something may the class change (RetroactiveDefaultStorageClass).
    ...(storageClassName && classIsOpen ? { storageClassName } : {}),
  };
  const annotations = {
    'pv.kubernetes.io/bind-completed': 'yes',
    ...(isChosen ? { 'pv.kubernetes.io/bound-by-controller': 'yes' } : {}),
  };
  const patch = {
    ...(volumeName ? { metadata: { annotations } } : {}),
    ...(Object.keys(spec).length > 0 ? { spec } : {}),
  };
  return {
    ...(Object.keys(patch).length > 0 ? { patch } : {}),
    status: host.status ?? { phase: 'Pending' },
  };
}

/** What `spec.storageClassName` was before Kubernetes 1.6; still heeded. */
const betaClass = 'volume.beta.kubernetes.io/storage-class';
