import { describe, expect, it } from 'vitest';
import type { ConfigMap } from '../../../src/kube/types.ts';
import { hostPatchOf } from '../../../src/syncer/host-patch.ts';
import { createTranslator } from '../../../src/translate/translator.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const resource = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const desiredFor = (metadata: Partial<ConfigMap['metadata']>, data: Record<string, string>): ConfigMap => ({
  ...translator.hostObject(resource, { metadata: { name: 'c', namespace: 'n', uid: 'u', ...metadata } }),
  data,
});

describe('the patch of a host object', () => {
  it('is none when all that is wanted is there', () => {
    const desired = desiredFor({ labels: { app: 'x' } }, { a: '1' });
    expect(hostPatchOf(desired, structuredClone(desired), ['data'])).toBeUndefined();
  });

  it('leaves labels, annotations and fields of others alone', () => {
    const desired = desiredFor({}, { a: '1' });
    const { metadata } = desired;
    const live = {
      ...desired,
      immutable: true,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, 'istio.io/rev': 'x' },
        annotations: { ...metadata.annotations, admin: 'y' },
      },
    };
    expect(hostPatchOf(desired, live, ['data'])).toBeUndefined();
  });

  it('removes labels and annotations that the tenant took away', () => {
    const live = desiredFor({ labels: { app: 'x' }, annotations: { note: 'y' } }, {});
    expect(hostPatchOf(desiredFor({}, {}), live)).toEqual({
      metadata: {
        labels: { 'v.k3v.io/app': null },
        annotations: { note: null, 'k3v.io/copied-annotations': null },
      },
    });
  });

  it('removes what is beyond the wanted value of a whole field, and only there', () => {
    const live = desiredFor({}, { a: '1', b: '2' });
    const desired = desiredFor({}, { a: '1' });
    expect(hostPatchOf(desired, live)).toBeUndefined();
    expect(hostPatchOf(desired, live, ['data'])).toEqual({ data: { b: null } });
  });

  it('removes labels beyond the wanted ones where they are a whole field', () => {
    const live: ConfigMap = {
      ...desiredFor({}, {}),
      metadata: { name: 'c', labels: { a: '1', b: '2' }, annotations: { x: 'y' } },
    };
    const desired: ConfigMap = {
      ...live,
      metadata: { name: 'c', labels: { a: '1', c: '3' }, annotations: { x: 'z' } },
    };
    const metadata = { labels: { b: null, c: '3' }, annotations: { x: 'z' } };
    expect(hostPatchOf(desired, live, ['metadata.labels'])).toEqual({ metadata });
    expect(hostPatchOf(live, live, ['metadata.labels'])).toBeUndefined();
  });

  it('adds a wanted owner, leaves those of others, and drops its own of the same name', () => {
    const owner = (name: string, uid: string) => ({ apiVersion: 'v1', kind: 'Pod', name, uid });
    const owned = (...ownerReferences: ReturnType<typeof owner>[]): ConfigMap => {
      const plain = desiredFor({}, {});
      return { ...plain, metadata: { ...plain.metadata, ownerReferences } };
    };
    const live = owned(owner('theirs', '1'), owner('p', '2'));
    const ownerReferences = [owner('theirs', '1'), owner('p', '3')];
    expect(hostPatchOf(owned(owner('p', '3')), live)).toEqual({ metadata: { ownerReferences } });
    expect(hostPatchOf(owned(owner('p', '2')), live)).toBeUndefined();
    expect(hostPatchOf(desiredFor({}, {}), live)).toBeUndefined();
  });

  it('takes an undefined field for one that is not there', () => {
    const desired: ConfigMap = { ...desiredFor({}, { a: '1' }), binaryData: undefined };
    expect(hostPatchOf(desired, desiredFor({}, { a: '1' }), ['data', 'binaryData'])).toBeUndefined();
  });
});
