import type { OptInKind } from '../define-opt-in.ts';
import { plainRule } from '../sync-rules.ts';
import { customResource } from './custom-resources.ts';

/**
 * VolumeSnapshots, for the snapshot controller of the host. A content of the host cannot be named: it may be a snapshot of somebody else's volume.
 */
export const volumeSnapshots: OptInKind = {
  ...customResource('volumesnapshots.snapshot.storage.k8s.io', {
    ...plainRule,
    references: [
      {
        path: ['spec', 'source', 'persistentVolumeClaimName'],
        kind: 'PersistentVolumeClaim',
        namespaceField: undefined,
        output: false,
        default: undefined,
        when: [],
      },
    ],
    leaveOut: [['spec', 'source', 'volumeSnapshotContentName']],
  }),
  name: 'volumesnapshots',
};
