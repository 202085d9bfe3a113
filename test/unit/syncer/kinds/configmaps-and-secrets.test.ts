import { describe, expect, it } from 'vitest';
import type { Pod, Secret } from '../../../../src/kube/types.ts';
import { toHostConfigMap } from '../../../../src/syncer/kinds/configmaps.ts';
import { toHostSecret } from '../../../../src/syncer/kinds/secrets.ts';
import { configMapsUsedBy, secretsUsedBy } from '../../../../src/translate/references.ts';
import { syncContext } from '../../../support/sync-context.ts';

const { translator } = syncContext({});
const metadata = { name: 'x', namespace: 'shop', uid: 'u' };

describe('the host ConfigMap', () => {
  it('holds the same data under its host name', () => {
    const host = toHostConfigMap(
      { metadata, data: { a: '1' }, binaryData: { b: 'MQ==' }, immutable: true },
      translator,
    );
    expect(host).toMatchObject({ kind: 'ConfigMap', data: { a: '1' }, binaryData: { b: 'MQ==' }, immutable: true });
    expect(host.metadata).toMatchObject({ name: translator.hostName('ConfigMap', 'shop', 'x'), namespace: 'team' });
  });
});

describe('the host Secret', () => {
  it.each([
    ['Opaque', 'Opaque'],
    ['kubernetes.io/tls', 'kubernetes.io/tls'],
    ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockerconfigjson'],
    ['kubernetes.io/service-account-token', 'Opaque'],
    ['bootstrap.kubernetes.io/token', 'Opaque'],
  ])('of type %s has the type %s, so that no host controller acts on it', (type, wanted) => {
    const virtual: Secret = { metadata, type, data: { a: 'MQ==' } };
    expect(toHostSecret(virtual, translator)).toMatchObject({ type: wanted, data: { a: 'MQ==' } });
  });
});

describe('what a pod uses', () => {
  const named = { name: 'same' };
  const pod: Pod = {
    metadata: { name: 'p', namespace: 'shop' },
    spec: {
      imagePullSecrets: [{ name: 'pull' }],
      initContainers: [{ name: 'i', envFrom: [{ configMapRef: { name: 'init' } }] }],
      containers: [
        {
          name: 'c',
          env: [
            { name: 'A', valueFrom: { configMapKeyRef: { ...named, key: 'k' } } },
            { name: 'B', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } },
          ],
        },
      ],
      ephemeralContainers: [{ name: 'e', envFrom: [{ secretRef: { name: 'debug' } }] }],
      volumes: [
        { name: 'v', configMap: named },
        {
          name: 'w',
          projected: { sources: [{ configMap: { name: 'projected' } }, { secret: { name: 'projected' } }] },
        },
        { name: 'x', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
      ],
    },
  };

  it('is every ConfigMap it names anywhere, once', () => {
    expect(configMapsUsedBy(pod)).toEqual(['shop/init', 'shop/projected', 'shop/same']);
  });

  it('is every Secret it names anywhere, once', () => {
    expect(secretsUsedBy(pod)).toEqual(['shop/csi', 'shop/debug', 'shop/env', 'shop/projected', 'shop/pull']);
  });
});
