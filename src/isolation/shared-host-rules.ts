import type { PodRule } from './baseline-rules.ts';

/** Volumes that a kubelet mounts as the pod says, from devices and by drivers of the node: with a CSI driver for paths of the node as good as a hostPath. */
const drivenVolumes = [
  'csi',
  'flexVolume',
  'fc',
  'iscsi',
  'rbd',
  'portworxVolume',
  'scaleIO',
  'storageos',
  'gitRepo',
] as const;

/** What no Pod Security Standard forbids, and a tenant of a shared host has no business with. */
export const sharedHostRules: PodRule[] = [
  ({ volumes = [] }) =>
    volumes.flatMap((volume) =>
      drivenVolumes
        .filter((source) => volume[source])
        .map((source) => `volume "${volume.name}" is of the kind ${source}`),
    ),
];
