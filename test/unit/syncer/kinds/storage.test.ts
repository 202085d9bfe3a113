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

  const hostWith = (requested: string, capacity: string): PersistentVolumeClaim => ({
    ...bound,
    spec: { ...bound.spec, ...requests(requested) },
    status: { ...bound.status, capacity: { storage: capacity } },
  });

  it.each([
    ['stays as large as the host made it', '1Gi', hostWith('5Gi', '5Gi'), undefined],
    ['stays as large as the host is making it', '1Gi', hostWith('5Gi', '1Gi'), undefined],
    ['stays when the same size is written otherwise', '1024Mi', hostWith('1Gi', '1Gi'), undefined],
    ['takes an expansion back that has not come about', '2Gi', hostWith('100Gi', '1Gi'), '2Gi'],
    ['grows beyond what the host made it', '10Gi', hostWith('5Gi', '5Gi'), '10Gi'],
  ])('%s', (_title, wanted, host, patched) => {
    const desired = toHostClaim({ ...virtual, spec: requests(wanted) }, translator);
    expect(persistentVolumeClaimSyncer.hostPatch?.(desired, host, context)).toEqual(
      patched && { spec: { resources: { requests: { storage: patched } } } },
    );
  });
});

describe('the virtual claim', () => {
  const unbound = { ...virtual, spec: requests('1Gi') };

  it('is bound to the volume that the host bound', () => {
    const change = toVirtualClaim(bound, unbound);
    expect(change.patch).toMatchObject({ spec: { volumeName: 'pvc-1' } });
    expect(change.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
  });

  it('has the class that the host gave it, if the tenant named none', () => {
    expect(toVirtualClaim(bound, unbound).patch).toMatchObject({ spec: { storageClassName: 'fast' } });
    const pending = { ...bound, spec: { ...requests('1Gi'), storageClassName: 'fast' }, status: { phase: 'Pending' } };
    expect(toVirtualClaim(pending, unbound).patch).toEqual({ spec: { storageClassName: 'fast' } });
    const named = { ...unbound, spec: { ...unbound.spec, storageClassName: 'slow' } };
    expect(toVirtualClaim(bound, named).patch?.['spec']).not.toHaveProperty('storageClassName');
    const annotations = { 'volume.beta.kubernetes.io/storage-class': 'slow' };
    const beta = { ...unbound, metadata: { ...unbound.metadata, annotations } };
    expect(toVirtualClaim(bound, beta).patch?.['spec']).not.toHaveProperty('storageClassName');
  });

  it('that is bound says so, by whom the tenant’s own choice of a volume tells', () => {
    const [completed, byController] = ['pv.kubernetes.io/bind-completed', 'pv.kubernetes.io/bound-by-controller'];
    const byHost = { [completed]: 'yes', [byController]: 'yes' };
    expect(toVirtualClaim(bound, unbound).patch).toMatchObject({ metadata: { annotations: byHost } });
    const later = { ...unbound, spec: { ...unbound.spec, volumeName: 'pvc-1' } };
    expect(toVirtualClaim(bound, later).patch).toMatchObject({ metadata: { annotations: byHost } });
    expect(toVirtualClaim(bound, virtual).patch).toEqual({
      metadata: { annotations: { [completed]: 'yes' } },
      spec: { storageClassName: 'fast' },
    });
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
