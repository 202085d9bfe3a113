import { volumeSnapshots } from '../../../../src/syncer/kinds/volumesnapshots.ts';
import { describeWorlds, marked, translator } from '../../../support/worlds.ts';

const served = {
  group: 'snapshot.storage.k8s.io',
  version: 'v1',
  plural: 'volumesnapshots',
  kind: 'VolumeSnapshot',
  namespaced: true,
  hasStatus: true,
};
const claimOnHost = translator.hostName('PersistentVolumeClaim', 'shop', 'data');
const ofTenant = (spec: object, status?: object) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshot',
  metadata: { name: 'monday', namespace: 'shop', uid: 'u1', generation: 1 },
  spec,
  ...(status ? { status } : {}),
});
const onHost = (spec: object, status?: object) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshot',
  metadata: {
    ...marked('VolumeSnapshot', 'shop', 'monday', { annotations: { 'k3v.io/owner-generation': '1' } }),
    generation: 1,
  },
  spec,
  ...(status ? { status } : {}),
});
const wanted = { volumeSnapshotClassName: 'fast', source: { persistentVolumeClaimName: 'data' } };
const there = { volumeSnapshotClassName: 'fast', source: { persistentVolumeClaimName: claimOnHost } };
const done = { readyToUse: true, restoreSize: '1Gi', boundVolumeSnapshotContentName: 'snapcontent-7' };
const failed = (claim: string) => ({ readyToUse: false, error: { message: `no snapshot of ${claim} yet` } });

describeWorlds('volume snapshots before and after', { kinds: [volumeSnapshots], compared: [served], served }, [
  {
    title: 'a snapshot is one of the claim on the host, of a class of the host',
    virtual: [ofTenant(wanted)],
    host: [],
    after: { virtual: [ofTenant(wanted)], host: [onHost(there)] },
  },
  {
    title: 'when the host has taken it the tenant sees that it may be used',
    virtual: [ofTenant(wanted)],
    host: [onHost(there, done)],
    after: { virtual: [ofTenant(wanted, done)], host: [onHost(there, done)] },
  },
  {
    title: 'what the host says of a failure is said in the tenant’s names',
    virtual: [ofTenant(wanted)],
    host: [onHost(there, failed(claimOnHost))],
    after: { virtual: [ofTenant(wanted, failed('data'))], host: [onHost(there, failed(claimOnHost))] },
  },
  {
    title: 'a snapshot that the tenant deleted goes from the host',
    virtual: [],
    host: [onHost(there, done)],
    after: { virtual: [], host: [] },
  },
]);
