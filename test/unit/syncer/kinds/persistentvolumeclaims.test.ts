import { describe, expect, it } from 'vitest';
import type { PersistentVolumeClaim } from '../../../../src/kube/types.ts';
import { toHostClaim, toVirtualClaim } from '../../../../src/syncer/kinds/persistentvolumeclaims.ts';
import { standInVolume } from '../../../../src/syncer/kinds/persistentvolumes.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const metadata = { name: 'data', namespace: 'shop', uid: 'u1' };
const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'fast' };
const status = { phase: 'Bound', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] };
const virtual: PersistentVolumeClaim = { metadata, spec };
const bound = { ...toHostClaim(virtual, translator), spec: { ...spec, volumeName: 'pv-1' }, status };

describe('a claim', () => {
  it('crosses without what speaks of virtual volumes', () => {
    const own = { ...spec, volumeName: 'mine', selector: { matchLabels: { a: 'b' } } };
    expect(toHostClaim({ metadata, spec: own }, translator).spec).toEqual(spec);
  });

  it('names the host claim that it copies, and a snapshot as it is', () => {
    const of = (kind: string) => ({ metadata, spec: { ...spec, dataSource: { kind, name: 'old' } } });
    const name = translator.hostName('PersistentVolumeClaim', 'shop', 'old');
    expect(toHostClaim(of('PersistentVolumeClaim'), translator).spec?.dataSource?.name).toBe(name);
    expect(toHostClaim(of('VolumeSnapshot'), translator).spec?.dataSource?.name).toBe('old');
  });

  it('is bound when the host has bound it, and then only its status follows', () => {
    expect(toVirtualClaim(bound, virtual)).toMatchObject({ patch: { spec: { volumeName: 'pv-1' } }, status });
    expect(toVirtualClaim(bound, { metadata, spec: { ...spec, volumeName: 'pv-1' } })).toEqual({ status });
    expect(toVirtualClaim({ metadata, spec }, virtual)).toEqual({ status: { phase: 'Pending' } });
  });

  it('has a stand-in volume that is kept, of a driver nobody serves', () => {
    const volume = standInVolume('pv-1', bound, virtual);
    expect(volume.spec).toMatchObject({
      capacity: { storage: '2Gi' },
      storageClassName: 'fast',
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace: 'shop', name: 'data', uid: 'u1' },
      csi: { driver: 'host.k3v.io', volumeHandle: `team/${bound.metadata.name}` },
    });
    expect(volume).toMatchObject({ metadata: { name: 'pv-1' }, status: { phase: 'Bound' } });
  });
});
