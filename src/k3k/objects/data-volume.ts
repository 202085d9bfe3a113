import type { PersistentVolumeClaim } from '../../kube/types.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { clusterLabels } from './owned.ts';
import type { Volume } from './pod-fields.ts';

/** The volume that the pods of a StatefulSet keep their data in, and the fields of the StatefulSet that claim it. */
export interface DataVolume {
  name: string;
  /** For the spec of the pods: an emptyDir, or nothing where it is claimed. */
  volumes: Volume[];
  /** For the spec of the StatefulSet. */
  claims: { volumeClaimTemplates?: PersistentVolumeClaim[] };
}

const name = 'data';

/** Returns it as `spec.persistence` says: of the host's or a given storage class, or gone with the pod. */
export function dataVolume({ cluster, spec: { persistence } }: ClusterContext): DataVolume {
  if (persistence.type === 'ephemeral') return { name, volumes: [{ name, emptyDir: {} }], claims: {} };
  const { storageClassName, storageRequestSize = '2G' } = persistence;
  return {
    name,
    volumes: [],
    claims: {
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name, labels: clusterLabels(cluster) },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storageClassName === undefined ? {} : { storageClassName }),
            resources: { requests: { storage: storageRequestSize } },
          },
        },
      ],
    },
  };
}
