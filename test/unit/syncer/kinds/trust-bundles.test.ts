import { describe, expect, it } from 'vitest';
import { type ClusterTrustBundle, type KubeObject, type Pod, resources } from '../../../../src/kube/types.ts';
import { NotYet } from '../../../../src/syncer/not-yet.ts';
import { toHostTrustBundles, trustBundleSyncer } from '../../../../src/syncer/kinds/trust-bundles.ts';
import { syncContext } from '../../../support/sync-context.ts';

const syncer = trustBundleSyncer(resources.clusterTrustBundles);
const pem = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
const bundle = (name: string, base64: string, signerName?: string, labels = {}): ClusterTrustBundle => ({
  kind: 'ClusterTrustBundle',
  metadata: { name, labels },
  spec: { signerName, trustBundle: pem(base64) },
});
const bundles = [
  bundle('corp', 'Q09SUA=='),
  bundle('mesh:a', 'QQ==', 'example.com/mesh', { stage: 'live' }),
  bundle('mesh:b', 'Qg==', 'example.com/mesh', { stage: 'test' }),
  bundle('other:a', 'Tw==', 'example.com/other', { stage: 'live' }),
];
type Source = { name?: string; signerName?: string; labelSelector?: object; optional?: boolean };
const podWith = (...sources: Source[]): Pod => ({
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'shop', uid: 'u1' },
  spec: {
    containers: [],
    volumes: sources.map((source, index) => ({
      name: `v${index}`,
      projected: { sources: [{ clusterTrustBundle: { path: 'ca.pem', ...source } }] },
    })),
  },
});
const dataFor = (source: Source) =>
  toHostTrustBundles(podWith(source), syncContext({ virtual: bundles }), resources.clusterTrustBundles).data;

describe('the trust bundles of a pod', () => {
  it('stand in a ConfigMap with the marks of the pod', () => {
    const context = syncContext({ virtual: bundles });
    const made = toHostTrustBundles(podWith({ name: 'corp' }), context, resources.clusterTrustBundles);
    expect(made).toMatchObject({
      kind: 'ConfigMap',
      metadata: {
        name: context.translator.hostName('ClusterTrustBundles', 'shop', 'p'),
        annotations: { 'k3v.io/owner-kind': 'ClusterTrustBundles', 'k3v.io/owner-uid': 'u1' },
      },
      data: { 'v0.0': pem('Q09SUA==') },
    });
    expect(context.translator.ownerOf(made, 'ConfigMap')).toBeUndefined();
  });

  it.each<[string, Source, string]>([
    ['of a signer, by labels', { labelSelector: { matchLabels: { stage: 'live' } } }, pem('QQ==')],
    ['of a signer, all', { labelSelector: {} }, pem('QQ==') + pem('Qg==')],
    ['of a signer, none without a selector', { optional: true }, ''],
    ['of a signer, none that matches', { labelSelector: { matchLabels: { stage: 'x' } }, optional: true }, ''],
  ])('are those %s', (_, source, expected) => {
    expect(dataFor({ signerName: 'example.com/mesh', ...source })).toEqual({ 'v0.0': expected });
  });

  it('may be missing only if that is said, in a kubelet’s words', () => {
    expect(dataFor({ name: 'absent', optional: true })).toEqual({ 'v0.0': '' });
    const missing = () => dataFor({ name: 'absent' });
    expect(missing).toThrow(NotYet);
    expect(missing).toThrow(
      'MountVolume.SetUp failed for volume "v0" : while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "absent" not found',
    );
    expect(() => dataFor({ signerName: 'example.com/mesh' })).toThrow(
      'combination of signerName and labelSelector matched zero ClusterTrustBundles',
    );
  });

  it('are missing where the virtual API server has none', () => {
    expect(() => toHostTrustBundles(podWith({ name: 'corp' }), syncContext({}), undefined)).toThrow(NotYet);
    expect(trustBundleSyncer(undefined).enqueuedBy).toHaveLength(1);
  });

  it('are looked at when one of them changes, by name or by signer', () => {
    const named = podWith({ name: 'corp' });
    const signed: Pod = { ...podWith({ signerName: 'example.com/mesh' }), metadata: { name: 'q', namespace: 'shop' } };
    const context = syncContext({ virtual: [named, signed], indexes: syncer.indexes ?? [] });
    const rule = syncer.enqueuedBy?.find(({ resource }) => resource === resources.clusterTrustBundles);
    const keysFor = (object: KubeObject | undefined) => object && rule?.keys(object, context);
    expect(bundles.map(keysFor)).toEqual([['shop/p'], ['shop/q'], ['shop/q'], []]);
  });

  it('are made for pods that mount any', () => {
    expect(syncer.mayCross?.(podWith({ name: 'corp' }))).toBe(true);
    expect(syncer.mayCross?.(podWith())).toBe(false);
  });
});
