import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Json } from '../../kube/types.ts';
import type { ClusterSpec } from '../types.ts';

/** Volumes of a pod, and where its container has them. */
export interface Mounts {
  volumes: Json<V1Volume>[];
  volumeMounts: Json<V1VolumeMount>[];
}

/** Returns the Secrets that `spec.secretMounts` gives to the pods of `role`. */
export function secretMounts({ secretMounts: all = [] }: ClusterSpec, role: 'server' | 'agent'): Mounts {
  const mounts = all.filter((mount) => mount.role === role || mount.role === 'all');
  return {
    volumes: mounts.map(({ name, secretName, defaultMode, optional, items }) => ({
      name,
      secret: { secretName, ...given({ defaultMode, optional, items }) },
    })),
    volumeMounts: mounts.map(({ name, mountPath, subPath }) => ({
      name,
      mountPath,
      readOnly: true,
      ...given({ subPath }),
    })),
  };
}

function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
