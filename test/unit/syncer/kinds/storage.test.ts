import { describe, expect, it } from 'vitest';
import type { PersistentVolumeClaim, StorageClass } from '../../../../src/kube/types.ts';
import {
  persistentVolumeClaimSyncer,
  toHostClaim,
  toVirtualClaim,
} from '../../../../src/syncer/kinds/persistentvolumeclaims.ts';
import { persistentVolumeMirror } from '../../../../src/syncer/kinds/persistentvolumes.ts';
import { mirroredStorageClass } from '../../../../src/syncer/kinds/storageclasses.ts';
import { syncContext } from '../../../support/sync-context.ts';

const context = syncContext({});
const { translator } = context;
const requests = (storage: string) => ({ resources: { requests: { storage } }, accessModes: ['ReadWriteOnce'] });
const virtual: PersistentVolumeClaim = {
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'u' },
  spec: { ...requests('1Gi'), volumeName: 'pv-of-tenant', selector: { matchLabels: { a: 'b' } } },
};
const asked = toHostClaim(virtual, translator);
const bound: PersistentVolumeClaim = {
  ...asked,
  spec: { ...asked.spec, volumeName: 'pvc-1', storageClassName: 'fast' },
  status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
};

describe('the host claim', () => {
  it('asks for the same storage, but not for virtual volumes', () => {
    expect(asked.spec).toEqual(requests('1Gi'));
  });

  it('clones the host claim of the claim that the tenant clones', () => {
    const dataSource = { kind: 'PersistentVolumeClaim', name: 'old' };
    const host = toHostClaim({ ...virtual, spec: { ...requests('1Gi'), dataSource } }, translator);
    expect(host.spec?.dataSource?.name).toBe(translator.hostName('PersistentVolumeClaim', 'shop', 'old'));
  });

  it('changes in size only', () => {
    const patch = persistentVolumeClaimSyncer.hostPatch;
    expect(patch?.(asked, bound, context)).toBeUndefined();
    const larger = toHostClaim({ ...virtual, spec: requests('2Gi') }, translator);
    expect(patch?.(larger, bound, context)).toEqual({ spec: { resources: { requests: { storage: '2Gi' } } } });
  });
});

describe('the virtual claim', () => {
  const unbound = { ...virtual, spec: requests('1Gi') };

  it('is bound to the volume that the host bound', () => {
    const change = toVirtualClaim(bound, unbound);
    expect(change.patch).toMatchObject({ spec: { volumeName: 'pvc-1' } });
    expect(change.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
  });

  it('is pending while the host’s is', () => {
    expect(toVirtualClaim({ ...asked, status: { phase: 'Pending' } }, unbound)).toEqual({
      status: { phase: 'Pending' },
    });
  });
});

describe('a stand-in volume', () => {
  const given = { indexes: persistentVolumeMirror.indexes ?? [], virtual: [virtual] };

  it('stands for the volume of a bound claim', () => {
    const volume = persistentVolumeMirror.fromHost('pvc-1', syncContext({ ...given, host: [bound] }));
    expect(volume).toMatchObject({
      metadata: { name: 'pvc-1' },
      spec: { storageClassName: 'fast', claimRef: { namespace: 'shop', name: 'data', uid: 'u' } },
      status: { phase: 'Bound' },
    });
  });

  it('is gone when the claim is', () => {
    expect(persistentVolumeMirror.fromHost('pvc-1', syncContext(given))).toBeUndefined();
  });
});

describe('a mirrored storage class', () => {
  it('keeps what decides about claims, and none of the host’s identity', () => {
    const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const host: StorageClass = {
      metadata: { name: 'fast', uid: 'h', resourceVersion: '7', annotations: isDefault },
      provisioner: 'p',
      volumeBindingMode: 'WaitForFirstConsumer',
    };
    expect(mirroredStorageClass(host)).toEqual({
      metadata: { name: 'fast', annotations: isDefault },
      provisioner: 'p',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
  });
});
