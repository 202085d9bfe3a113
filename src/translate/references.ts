import type { Pod } from '../kube/types.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

/** Calls for every ConfigMap, Secret and claim that a pod names; the return value is the name to put in its place. */
export interface Renamer {
  configMap: (name: string) => string;
  secret: (name: string) => string;
  claim: (name: string) => string;
}

/** Returns a copy of the pod's spec in which every reference to a ConfigMap, Secret or claim has gone through `rename`. */
export function renameReferences(pod: Pod, rename: Renamer): NonNullable<Pod['spec']> {
  const spec = structuredClone(pod.spec ?? { containers: [] });
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      renameNamed(valueFrom?.configMapKeyRef, rename.configMap);
      renameNamed(valueFrom?.secretKeyRef, rename.secret);
    }
    for (const source of envFrom ?? []) {
      renameNamed(source.configMapRef, rename.configMap);
      renameNamed(source.secretRef, rename.secret);
    }
  }
  for (const reference of spec.imagePullSecrets ?? []) renameNamed(reference, rename.secret);
  for (const volume of spec.volumes ?? []) renameInVolume(volume, pod.metadata.name, rename);
  return spec;
}

function renameInVolume(volume: Volume, podName: string, rename: Renamer): void {
  renameNamed(volume.configMap, rename.configMap);
  if (volume.secret?.secretName) volume.secret.secretName = rename.secret(volume.secret.secretName);
  for (const source of volume.projected?.sources ?? []) {
    renameNamed(source.configMap, rename.configMap);
    renameNamed(source.secret, rename.secret);
  }
  const claim = volume.persistentVolumeClaim;
  if (claim) claim.claimName = rename.claim(claim.claimName);
  if (volume.ephemeral) {
    // The virtual cluster's own controller makes this claim; on the host it is an ordinary one.
    volume.persistentVolumeClaim = { claimName: rename.claim(`${podName}-${volume.name}`) };
    delete volume.ephemeral;
  }
  renameNamed(volume.csi?.nodePublishSecretRef, rename.secret);
  for (const source of [volume.cephfs, volume.rbd, volume.flexVolume, volume.iscsi, volume.scaleIO, volume.storageos]) {
    renameNamed(source?.secretRef, rename.secret);
  }
  if (volume.azureFile) volume.azureFile.secretName = rename.secret(volume.azureFile.secretName);
}

function renameNamed(reference: { name?: string | undefined } | undefined, rename: (name: string) => string): void {
  if (reference?.name) reference.name = rename(reference.name);
}

/** Returns the keys (`namespace/name`) of the ConfigMaps that `pod` uses, each once. */
export const configMapsUsedBy = (pod: Pod): string[] => referencesOf(pod).configMaps;
/** Returns the keys of the Secrets that `pod` uses, each once. */
export const secretsUsedBy = (pod: Pod): string[] => referencesOf(pod).secrets;

const known = new WeakMap<Pod, { configMaps: string[]; secrets: string[] }>();

function referencesOf(pod: Pod): { configMaps: string[]; secrets: string[] } {
  const before = known.get(pod);
  if (before) return before;
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const collect = (set: Set<string>) => (name: string) => {
    set.add(`${pod.metadata.namespace}/${name}`);
    return name;
  };
  renameReferences(pod, { configMap: collect(configMaps), secret: collect(secrets), claim: (name) => name });
  const found = { configMaps: [...configMaps].sort(), secrets: [...secrets].sort() };
  known.set(pod, found);
  return found;
}
