import { type PersistentVolumeClaim, resources } from '../../kube/types.ts';
import { quantityOf } from '../../translate/quantity.ts';
import { wordsAbout } from '../../translate/object-words.ts';
import type { Translator } from '../../translate/translator.ts';
import { type VirtualChange, defineSyncer } from '../define-syncer.ts';
import { NotYet } from '../not-yet.ts';

const boundBy = {
  completed: 'pv.kubernetes.io/bind-completed',
  controller: 'pv.kubernetes.io/bound-by-controller',
};
/** What `spec.storageClassName` was before Kubernetes 1.6; still heeded. */
const betaClass = 'volume.beta.kubernetes.io/storage-class';
/** What the scheduler and the provisioner of the host say of a claim. */
const shownAnnotations = [
  'volume.kubernetes.io/selected-node',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-resizer',
];

/** Mirrors every PersistentVolumeClaim onto the host, where it is bound, and brings the binding back. */
export const persistentVolumeClaimSyncer = defineSyncer<PersistentVolumeClaim>({
  resource: resources.persistentVolumeClaims,
  toHost: (virtual, { translator }) => toHostClaim(virtual, translator),
  beforeCreate: requireNoVolumeOfTenant,
  hostPatch: claimPatch,
  toVirtual: (host, virtual, { translator }) => toVirtualClaim(host, virtual, translator),
  whenLost: lostClaim,
});

/**
 * Returns the host claim that `virtual` should have. `volumeName` and `selector` stay out: they speak of virtual volumes,
 * which are only stand-ins. What it is a copy of is always named as on the host, lest it be somebody else's.
 */
export function toHostClaim(virtual: PersistentVolumeClaim, translator: Translator): PersistentVolumeClaim {
  const { volumeName: _, selector: __, dataSource, dataSourceRef, ...spec } = virtual.spec ?? {};
  const namespace = virtual.metadata.namespace ?? '';
  const named = ({ kind, name }: { kind: string; name: string }, within = namespace) =>
    translator.hostName(kind, within, name);
  const { namespace: within, ...reference } = dataSourceRef ?? { kind: '', name: '' };
  return {
    ...translator.hostObject(resources.persistentVolumeClaims, virtual),
    spec: {
      ...spec,
      ...(dataSource ? { dataSource: { ...dataSource, name: named(dataSource) } } : {}),
      ...(dataSourceRef ? { dataSourceRef: { ...reference, name: named(reference, within) } } : {}),
    },
  };
}

/** Throws NotYet, for the tenant to read, if `virtual` asks for a volume made in the virtual cluster: the host has none of those. */
export function requireNoVolumeOfTenant({ spec }: PersistentVolumeClaim): void {
  const asked = [
    ...(spec?.volumeName ? [`spec.volumeName (${spec.volumeName})`] : []),
    ...(spec?.selector ? ['spec.selector'] : []),
  ];
  if (asked.length === 0) return;
  throw new NotYet(
    `k3v cannot give a claim the volume that ${asked.join(' and ')} asks for: volumes are made by the host cluster; name a storage class instead`,
    { event: 'NotSupported' },
  );
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
 * annotations that scheduler, binder and provisioner would have put there, and the status.
 */
export function toVirtualClaim(
  host: PersistentVolumeClaim,
  virtual: PersistentVolumeClaim,
  translator: Translator,
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
    ...(volumeName ? { [boundBy.completed]: 'yes' } : {}),
    ...(volumeName && isChosen ? { [boundBy.controller]: 'yes' } : {}),
    ...annotationsFrom(host, virtual),
  };
  const patch = {
    ...(Object.keys(annotations).length > 0 ? { metadata: { annotations } } : {}),
    ...(Object.keys(spec).length > 0 ? { spec } : {}),
  };
  return {
    ...(Object.keys(patch).length > 0 ? { patch } : {}),
    status: statusFrom(host, virtual, translator),
  };
}

/** The scheduler takes a node back that the provisioner has no room on. */
function annotationsFrom(host: PersistentVolumeClaim, virtual: PersistentVolumeClaim): Record<string, string | null> {
  const [said, known] = [host.metadata.annotations ?? {}, virtual.metadata.annotations ?? {}];
  const shown = shownAnnotations.filter((key) => key in said || key in known);
  return Object.fromEntries(shown.map((key) => [key, said[key] ?? null]));
}

function statusFrom(
  { status, metadata }: PersistentVolumeClaim,
  virtual: PersistentVolumeClaim,
  translator: Translator,
): NonNullable<PersistentVolumeClaim['status']> {
  const words = wordsAbout(resources.persistentVolumeClaims.kind, virtual, translator, metadata.uid);
  const conditions = status?.conditions?.map((condition) =>
    condition.message ? { ...condition, message: words(condition.message) } : condition,
  );
  return { phase: 'Pending', ...status, ...(conditions ? { conditions } : {}) };
}

/** A claim that was bound gets no other volume unasked: its pods would find an empty one in its place. */
export function lostClaim(virtual: PersistentVolumeClaim): VirtualChange<PersistentVolumeClaim> | undefined {
  const { spec, metadata, status } = virtual;
  if (!spec?.volumeName || metadata.annotations?.[boundBy.completed] !== 'yes') return undefined;
  return {
    status: { ...status, phase: 'Lost' },
    warning: {
      reason: 'ClaimLost',
      message: `the host cluster has no claim any more for the volume ${spec.volumeName}: what was written may be lost; delete this claim and make it again to get another volume`,
    },
  };
}
