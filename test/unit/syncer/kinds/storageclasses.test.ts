import { expect, it } from 'vitest';
import { mirroredStorageClass } from '../../../../src/syncer/kinds/storageclasses.ts';

it('a storage class crosses whole, with the mark of the default one, without the host’s own metadata', () => {
  const fields = { provisioner: 'p', parameters: { a: 'b' }, reclaimPolicy: 'Delete', allowVolumeExpansion: true };
  const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const annotations = { ...isDefault, 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  expect(mirroredStorageClass({ metadata: { name: 'fast', uid: 'h', annotations }, ...fields })).toEqual({
    metadata: { name: 'fast', annotations: isDefault },
    ...fields,
  });
});
