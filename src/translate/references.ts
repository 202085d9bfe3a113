import type { Pod } from '../kube/types.ts';
import { deepCopy } from './deep-copy.ts';
import type { Translator } from './translator.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

/** Kinds that a pod names by name, in its own namespace. */
export type NamedKind =
  | 'ConfigMap'
  | 'Secret'
  | 'PersistentVolumeClaim'
  | 'Service'
  | 'ResourceClaim'
  | 'ResourceClaimTemplate';

/** Called for everything that a pod names; returns the name to put in its place. */
export type Rename = (kind: NamedKind, name: string) => string;

type Reference = { name?: string | undefined } | undefined;

/** Returns a copy of the pod's spec in which every name of something else in its namespace has gone through `rename`. */
export function renameReferences(pod: Pod, rename: Rename): NonNullable<Pod['spec']> {
  const spec = deepCopy(pod.spec ?? { containers: [] });
  const inReference = (kind: NamedKind, reference: Reference) => {
    if (reference?.name) reference.name = rename(kind, reference.name);
  };
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      inReference('ConfigMap', valueFrom?.configMapKeyRef);
      inReference('Secret', valueFrom?.secretKeyRef);
    }
    for (const source of envFrom ?? []) {
      inReference('ConfigMap', source.configMapRef);
      inReference('Secret', source.secretRef);
    }
  }
  for (const reference of spec.imagePullSecrets ?? []) inReference('Secret', reference);
  for (const claim of spec.resourceClaims ?? []) {
    const { resourceClaimName: name, resourceClaimTemplateName: template } = claim;
    if (name) claim.resourceClaimName = rename('ResourceClaim', name);
    if (template) claim.resourceClaimTemplateName = rename('ResourceClaimTemplate', template);
  }
  for (const volume of spec.volumes ?? []) renameInVolume(volume, pod.metadata.name, rename, inReference);
  return spec;
}

function renameInVolume(
  volume: Volume,
  podName: string,
  rename: Rename,
  inReference: (kind: NamedKind, reference: Reference) => void,
): void {
  inReference('ConfigMap', volume.configMap);
  if (volume.secret?.secretName) volume.secret.secretName = rename('Secret', volume.secret.secretName);
  for (const source of volume.projected?.sources ?? []) {
    inReference('ConfigMap', source.configMap);
    inReference('Secret', source.secret);
  }
  const claim = volume.persistentVolumeClaim;
  if (claim) claim.claimName = rename('PersistentVolumeClaim', claim.claimName);
  if (volume.ephemeral) {
    // The virtual cluster's own controller makes this claim; on the host it is an ordinary one.
    volume.persistentVolumeClaim = { claimName: rename('PersistentVolumeClaim', `${podName}-${volume.name}`) };
    delete volume.ephemeral;
  }
  inReference('Secret', volume.csi?.nodePublishSecretRef);
  const { cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
  for (const source of [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos]) {
    inReference('Secret', source?.secretRef);
  }
  if (volume.azureFile) volume.azureFile.secretName = rename('Secret', volume.azureFile.secretName);
  // On the host, Endpoints have the name of their Service.
  if (volume.glusterfs) volume.glusterfs.endpoints = rename('Service', volume.glusterfs.endpoints);
}

/** Returns what the host names of all that `pod` names stand for. */
export function namesOnHost(pod: Pod, translator: Translator): Map<string, { namespace: string; name: string }> {
  const namespace = pod.metadata.namespace ?? '';
  const names = new Map<string, { namespace: string; name: string }>();
  renameReferences(pod, (kind, name) => {
    names.set(translator.hostName(kind, namespace, name), { namespace, name });
    return name;
  });
  return names;
}

/** Returns the keys (`namespace/name`) of the ConfigMaps that `pod` uses, each once. */
export const configMapsUsedBy = (pod: Pod): string[] => referencesOf(pod).configMaps;
/** Returns the keys of the Secrets that `pod` uses, each once. */
export const secretsUsedBy = (pod: Pod): string[] => referencesOf(pod).secrets;

const known = new WeakMap<Pod, { configMaps: string[]; secrets: string[] }>();

function referencesOf(pod: Pod): { configMaps: string[]; secrets: string[] } {
  const before = known.get(pod);
  if (before) return before;
  const names = new Map<NamedKind, Set<string>>();
  renameReferences(pod, (kind, name) => {
    const known = names.get(kind) ?? new Set();
    names.set(kind, known.add(`${pod.metadata.namespace}/${name}`));
    return name;
  });
  const sorted = (kind: NamedKind) => [...(names.get(kind) ?? [])].sort();
  const found = { configMaps: sorted('ConfigMap'), secrets: sorted('Secret') };
  known.set(pod, found);
  return found;
}
