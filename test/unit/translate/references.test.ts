import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { configMapsUsedBy, renameReferences, secretsUsedBy } from '../../../src/translate/references.ts';

const container = { name: 'c', image: 'busybox' };
const podWith = (spec: Partial<NonNullable<Pod['spec']>>): Pod => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { containers: [], ...spec },
});

describe('the references of a pod', () => {
  it('are found in containers of every type, sorted and once', () => {
    const ref = (name: string) => ({ ...container, envFrom: [{ configMapRef: { name } }, { secretRef: { name } }] });
    const pod = podWith({
      initContainers: [ref('b')],
      containers: [ref('c'), ref('b')],
      ephemeralContainers: [ref('a')],
    });
    expect(configMapsUsedBy(pod)).toEqual(['shop/a', 'shop/b', 'shop/c']);
    expect(secretsUsedBy(pod)).toEqual(['shop/a', 'shop/b', 'shop/c']);
  });

  it('are found in single variables', () => {
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'k' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ];
    const pod = podWith({ containers: [{ ...container, env }] });
    expect([configMapsUsedBy(pod), secretsUsedBy(pod)]).toEqual([['shop/m'], ['shop/s']]);
  });

  it('are found in volumes and pull secrets', () => {
    const pod = podWith({
      imagePullSecrets: [{ name: 'pull' }],
      volumes: [
        { name: 'a', secret: { secretName: 'plain' } },
        {
          name: 'b',
          projected: { sources: [{ secret: { name: 'part' } }, { configMap: { name: 'kube-root-ca.crt' } }] },
        },
        { name: 'c', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
        { name: 'd', azureFile: { secretName: 'azure', shareName: 's' } },
        { name: 'e', configMap: { name: 'plain' } },
      ],
    });
    expect(secretsUsedBy(pod)).toEqual(['shop/azure', 'shop/csi', 'shop/part', 'shop/plain', 'shop/pull']);
    expect(configMapsUsedBy(pod)).toEqual(['shop/kube-root-ca.crt', 'shop/plain']);
  });

  it('are renamed in a copy, an ephemeral volume as the claim that the virtual cluster made for it', () => {
    const pod = podWith({
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'scratch', ephemeral: {} },
      ],
    });
    const before = structuredClone(pod);
    expect(renameReferences(pod, (_, name) => `host-${name}`).volumes).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'host-data' } },
      { name: 'scratch', persistentVolumeClaim: { claimName: 'host-web-scratch' } },
    ]);
    expect(pod).toEqual(before);
  });
});
