import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
  resources,
} from '../../../../src/kube/types.ts';
import { describeWorlds, marked, translator } from '../../../support/worlds.ts';

type Claim = PersistentVolumeClaim;

const asked = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'fast' };
const bound = { ...asked, volumeName: 'pvc-7' };
const pending = { phase: 'Pending' as const };
const full = { phase: 'Bound' as const, capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] };
const ofTenant = (spec: Claim['spec'], status?: Claim['status'], annotations?: Record<string, string>): Claim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'u1', ...(annotations ? { annotations } : {}) },
  spec,
  ...(status ? { status } : {}),
});
const onHost = (spec: Claim['spec'], status: Claim['status'] = pending): Claim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: marked('PersistentVolumeClaim', 'shop', 'data'),
  spec,
  status,
});
const withoutLabels = (claim: Claim): Claim => ({ ...claim, metadata: { ...claim.metadata, labels: {} } });
const isBound = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };
const standIn: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pvc-7', labels: { 'k3v.io/managed': 'true' } },
  spec: {
    capacity: { storage: '2Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    volumeMode: 'Filesystem',
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'u1' },
    csi: {
      driver: 'host.k3v.io',
      volumeHandle: `team/${translator.hostName('PersistentVolumeClaim', 'shop', 'data')}`,
    },
  },
  status: { phase: 'Bound' },
};
const fast: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast', labels: { tier: 'gold' } },
  provisioner: 'x.example/p',
  parameters: { pool: 'ssd' },
  reclaimPolicy: 'Retain',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/** Labels of the host's are for the host. */
const fastForTenants = { ...fast, metadata: { name: 'fast', labels: { 'k3v.io/managed': 'true' }, annotations: {} } };

describeWorlds(
  'storage before and after',
  { kinds: [], compared: [resources.persistentVolumeClaims, resources.persistentVolumes, resources.storageClasses] },
  [
    {
      title: 'a claim asks the host for the same, and waits as long as that does',
      virtual: [ofTenant(asked, pending)],
      host: [],
      after: { virtual: [ofTenant(asked, pending)], host: [onHost(asked)] },
    },
    {
      title: 'what the host has bound is bound in the virtual cluster, to a volume that stands in for it',
      virtual: [ofTenant(asked, pending)],
      host: [onHost(bound, full), fast],
      after: { virtual: [ofTenant(bound, full, isBound), standIn, fastForTenants], host: [onHost(bound, full), fast] },
    },
    {
      title: 'a bound claim whose labels somebody took off on the host has them again, and is not lost',
      virtual: [ofTenant(bound, full, isBound), standIn],
      host: [withoutLabels(onHost(bound, full)), fast],
      after: { virtual: [ofTenant(bound, full, isBound), standIn, fastForTenants], host: [onHost(bound, full), fast] },
    },
    {
      title: 'a claim that the tenant deleted goes from the host, and its stand-in with it',
      virtual: [standIn],
      host: [onHost(bound, full)],
      after: { virtual: [], host: [] },
    },
    {
      title: 'a copy is one of the tenant’s own claim, and asks for no volume of the virtual cluster',
      virtual: [ofTenant({ ...asked, dataSource: { kind: 'PersistentVolumeClaim', name: 'first' } }, pending)],
      host: [],
      after: {
        virtual: [ofTenant({ ...asked, dataSource: { kind: 'PersistentVolumeClaim', name: 'first' } }, pending)],
        host: [
          onHost({
            ...asked,
            dataSource: {
              kind: 'PersistentVolumeClaim',
              name: translator.hostName('PersistentVolumeClaim', 'shop', 'first'),
            },
          }),
        ],
      },
    },
  ],
);
