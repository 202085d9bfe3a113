import { describe, expect, it } from 'vitest';
import type { PersistentVolumeClaim, StorageClass } from '../../../../src/kube/types.ts';
import {
  lostClaim,
  persistentVolumeClaimSyncer,
  requireNoVolumeOfTenant,
  toHostClaim,
  toVirtualClaim,
} from '../../../../src/syncer/kinds/persistentvolumeclaims.ts';
import { persistentVolumeMirror } from '../../../../src/syncer/kinds/persistentvolumes.ts';
import {
  classFromClaims,
  mirroredStorageClass,
  storageClassMirror,
} from '../../../../src/syncer/kinds/storageclasses.ts';
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

  it.each(['PersistentVolumeClaim', 'VolumeSnapshot', 'Anything'])(
    'is a copy of the host’s %s of what the tenant copies, never of one that others have there',
    (kind) => {
      const source = { apiGroup: 'x', kind, name: 'old' };
      const dataSourceRef = { ...source, namespace: 'other' };
      const given = { ...requests('1Gi'), dataSource: source, dataSourceRef };
      const { spec } = toHostClaim({ ...virtual, spec: given }, translator);
      expect(spec?.dataSource).toEqual({ ...source, name: translator.hostName(kind, 'shop', 'old') });
      expect(spec?.dataSourceRef).toEqual({ ...source, name: translator.hostName(kind, 'other', 'old') });
    },
  );

  it.each<[string, PersistentVolumeClaim['spec']]>([
    ['spec.volumeName (mine)', { volumeName: 'mine' }],
    ['spec.selector', { selector: { matchLabels: { a: 'b' } } }],
    ['spec.volumeName (mine) and spec.selector', { volumeName: 'mine', selector: {} }],
  ])('is not made of one that asks for a volume of the virtual cluster by %s', (words, spec) => {
    expect(() => requireNoVolumeOfTenant({ ...virtual, spec })).toThrow(words);
    expect(() => requireNoVolumeOfTenant({ ...virtual, spec: requests('1Gi') })).not.toThrow();
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
    const change = toVirtualClaim(bound, unbound, translator);
    expect(change.patch).toMatchObject({ spec: { volumeName: 'pvc-1' } });
    expect(change.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
  });

  it('has the class that the host gave it, if the tenant named none', () => {
    expect(toVirtualClaim(bound, unbound, translator).patch).toMatchObject({ spec: { storageClassName: 'fast' } });
    const pending = { ...bound, spec: { ...requests('1Gi'), storageClassName: 'fast' }, status: { phase: 'Pending' } };
    expect(toVirtualClaim(pending, unbound, translator).patch).toEqual({ spec: { storageClassName: 'fast' } });
    const named = { ...unbound, spec: { ...unbound.spec, storageClassName: 'slow' } };
    expect(toVirtualClaim(bound, named, translator).patch?.['spec']).not.toHaveProperty('storageClassName');
    const annotations = { 'volume.beta.kubernetes.io/storage-class': 'slow' };
    const beta = { ...unbound, metadata: { ...unbound.metadata, annotations } };
    expect(toVirtualClaim(bound, beta, translator).patch?.['spec']).not.toHaveProperty('storageClassName');
  });

  it('that is bound says so, by whom the tenant’s own choice of a volume tells', () => {
    const [completed, byController] = ['pv.kubernetes.io/bind-completed', 'pv.kubernetes.io/bound-by-controller'];
    const byHost = { [completed]: 'yes', [byController]: 'yes' };
    expect(toVirtualClaim(bound, unbound, translator).patch).toMatchObject({ metadata: { annotations: byHost } });
    const later = { ...unbound, spec: { ...unbound.spec, volumeName: 'pvc-1' } };
    expect(toVirtualClaim(bound, later, translator).patch).toMatchObject({ metadata: { annotations: byHost } });
    expect(toVirtualClaim(bound, virtual, translator).patch).toEqual({
      metadata: { annotations: { [completed]: 'yes' } },
      spec: { storageClassName: 'fast' },
    });
  });

  it('says what scheduler and provisioner of the host say, and no more what they take back', () => {
    const selected = 'volume.kubernetes.io/selected-node';
    const provisioner = 'volume.kubernetes.io/storage-provisioner';
    const said = { [selected]: 'n1', [provisioner]: 'p', other: 'x' };
    const host = { ...asked, metadata: { ...asked.metadata, annotations: said } };
    const first = toVirtualClaim(host, unbound, translator).patch;
    expect(first).toEqual({ metadata: { annotations: { [selected]: 'n1', [provisioner]: 'p' } } });
    const known = { ...unbound, metadata: { ...unbound.metadata, annotations: { [selected]: 'n1' } } };
    expect(toVirtualClaim(asked, known, translator).patch).toEqual({ metadata: { annotations: { [selected]: null } } });
  });

  it('has the status of the host’s, in the tenant’s words', () => {
    const status = {
      phase: 'Bound',
      allocatedResources: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
      conditions: [{ type: 'Resizing', status: 'True', message: `resizing ${asked.metadata.name}` }],
    };
    expect(toVirtualClaim({ ...bound, status }, unbound, translator).status).toEqual({
      ...status,
      conditions: [{ type: 'Resizing', status: 'True', message: 'resizing data' }],
    });
  });

  it('is lost when the host’s has gone that it was bound to, and not made again', () => {
    const completed = { 'pv.kubernetes.io/bind-completed': 'yes' };
    const metadata = { ...virtual.metadata, annotations: completed };
    const status = { phase: 'Bound', capacity: { storage: '1Gi' } };
    expect(lostClaim({ ...unbound, status: { phase: 'Pending' } })).toBeUndefined();
    expect(lostClaim({ ...virtual, status: { phase: 'Pending' } })).toBeUndefined();
    expect(lostClaim({ ...virtual, metadata, status })).toMatchObject({
      status: { phase: 'Lost', capacity: { storage: '1Gi' } },
      warning: { reason: 'ClaimLost', message: expect.stringContaining('pv-of-tenant') },
    });
  });

  it('is pending while the host’s is', () => {
    expect(toVirtualClaim({ ...asked, status: { phase: 'Pending' } }, unbound, translator)).toEqual({
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

  it.each([
    ['Retain', [{ kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'p', reclaimPolicy: 'Retain' }]],
    ['Delete', []],
  ])('has the reclaim policy %s that its class has, as far as that is known', (policy, classes) => {
    const volume = persistentVolumeMirror.fromHost('pvc-1', syncContext({ ...given, host: [bound, ...classes] }));
    expect(volume?.spec?.persistentVolumeReclaimPolicy).toBe(policy);
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

describe('a storage class that k3v may not read', () => {
  const annotated = (annotations: Record<string, string>): PersistentVolumeClaim => ({
    ...bound,
    metadata: { ...bound.metadata, annotations },
  });
  const provisioner = { 'volume.kubernetes.io/storage-provisioner': 'p' };

  it('is made from what its claims show, and lets volumes grow as far as the host does', () => {
    expect(classFromClaims('fast', [annotated(provisioner)])).toMatchObject({
      metadata: { name: 'fast' },
      provisioner: 'p',
      allowVolumeExpansion: true,
      volumeBindingMode: 'Immediate',
    });
    const waiting = annotated({ ...provisioner, 'volume.kubernetes.io/selected-node': 'n1' });
    expect(classFromClaims('fast', [waiting])).toMatchObject({ volumeBindingMode: 'WaitForFirstConsumer' });
    expect(classFromClaims('fast', [annotated({})])).toBeUndefined();
  });

  it('stays as it is while a claim has it', () => {
    const made: StorageClass = { kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'p' };
    const given = { indexes: storageClassMirror.indexes ?? [], virtual: [made] };
    const unread = (host: PersistentVolumeClaim[]) => {
      const context = syncContext({ ...given, host });
      return storageClassMirror.fromHost('fast', { ...context, host: { ...context.host, has: () => false } });
    };
    expect(unread([bound])).toBe(made);
    expect(unread([])).toBeUndefined();
  });
});
