import fc from 'fast-check';
import type { Pod } from '../../src/kube/types.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

const dnsLabel = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
const prefix = fc.array(dnsLabel, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const word = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9])?$/);

/** Texts that are legal in their place. */
export const text = {
  /** RFC 1123 label. */
  name: dnsLabel,
  /** RFC 1123 subdomain, at times as long as it may be. */
  subdomain: fc.oneof(
    { weight: 9, arbitrary: prefix },
    {
      weight: 1,
      arbitrary: dnsLabel.map((name) => `${name}.${'long.'.repeat(50)}`.slice(0, 253).replace(/[-.]+$/, '')),
    },
  ),
  /** Of a label or an annotation. */
  key: fc.oneof(
    word,
    fc.tuple(prefix, word).map(([domain, name]) => `${domain}/${name}`),
  ),
  labelValue: fc.oneof(fc.constant(''), word),
  /** Of a ConfigMap or Secret, and a file. */
  dataKey: word,
  /** Whatever an annotation may hold. */
  any: fc.string({
    unit: fc.constantFrom('a', '"', '\\', '\n', '\u0001', '$', '(', ')', 'é', '\u00a0', '\u2028', '😀'),
    maxLength: 9,
  }),
};

const mode = fc.constantFrom(0o400, 0o644, 0o777);
const items = fc.uniqueArray(fc.record({ key: text.dataKey, path: text.dataKey }), {
  maxLength: 2,
  selector: ({ path }) => path,
});
const fieldPath = fc.oneof(
  fc.constantFrom('metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.labels', 'metadata.annotations'),
  text.key.map((key) => `metadata.labels['${key}']`),
  text.key.map((key) => `metadata.annotations['${key}']`),
);
const downward = fc.record({
  items: fc.uniqueArray(fc.record({ path: text.dataKey, fieldRef: fc.record({ fieldPath }) }), {
    maxLength: 4,
    selector: ({ path }) => path,
  }),
});
const optional = fc.boolean();
const configMap = fc.record({ name: text.subdomain, items, optional }, { requiredKeys: ['name'] });
const source = fc.oneof(
  configMap.map((each) => ({ configMap: each })),
  configMap.map((each) => ({ secret: each })),
  downward.map((each) => ({ downwardAPI: each })),
  fc
    .record(
      { path: text.dataKey, expirationSeconds: fc.integer({ min: 600, max: 9999 }), audience: fc.constant('vault') },
      { requiredKeys: ['path'] },
    )
    .map((each) => ({ serviceAccountToken: each })),
  fc
    .oneof(
      fc.record({ name: text.subdomain }),
      fc.record({
        signerName: fc.constant('example.com/mesh'),
        labelSelector: fc.constant({ matchLabels: { a: 'b' } }),
      }),
    )
    .chain((chosen) => fc.record({ path: text.dataKey, optional }).map((each) => ({ ...chosen, ...each })))
    .map((clusterTrustBundle) => ({ clusterTrustBundle })),
);
const secretRef = fc.record({ name: text.subdomain });

const kinds = fc.oneof(
  fc.constantFrom(
    { emptyDir: {} },
    { emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    { hostPath: { path: '/tmp' } },
  ),
  fc.tuple(configMap, mode).map(([each, defaultMode]) => ({ configMap: { ...each, defaultMode } })),
  fc.record({ secretName: text.subdomain, items, optional, defaultMode: mode }).map((secret) => ({ secret })),
  fc.record({ sources: fc.array(source, { maxLength: 4 }), defaultMode: mode }).map((projected) => ({ projected })),
  downward.map((downwardAPI) => ({ downwardAPI })),
  text.subdomain.map((claimName) => ({ persistentVolumeClaim: { claimName } })),
  fc.constant<Partial<Volume>>({
    ephemeral: {
      volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    },
  }),
  secretRef.map((nodePublishSecretRef) => ({ csi: { driver: 'csi.example.com', nodePublishSecretRef } })),
  secretRef.map((ref) => ({ rbd: { monitors: ['m'], image: 'i', secretRef: ref } })),
  secretRef.map((ref) => ({ cephfs: { monitors: ['m'], secretRef: ref } })),
  secretRef.map((ref) => ({ cinder: { volumeID: 'v', secretRef: ref } })),
  secretRef.map((ref) => ({ flexVolume: { driver: 'a/b', secretRef: ref } })),
  secretRef.map((ref) => ({
    iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2026-01.com.example:a', lun: 0, secretRef: ref },
  })),
  secretRef.map((ref) => ({ scaleIO: { gateway: 'https://g', system: 's', volumeName: 'v', secretRef: ref } })),
  secretRef.map((ref) => ({ storageos: { volumeName: 'v', secretRef: ref } })),
  text.subdomain.map((endpoints) => ({ glusterfs: { endpoints, path: 'p' } })),
  text.subdomain.map((secretName) => ({ azureFile: { secretName, shareName: 's' } })),
  fc.constant({ image: { reference: 'example.com/i:1', pullPolicy: 'IfNotPresent' } }),
  fc.constantFrom<Partial<Volume>[]>(
    { nfs: { server: 's', path: '/' } },
    { awsElasticBlockStore: { volumeID: 'v' } },
    { azureDisk: { diskName: 'd', diskURI: 'https://blob/d.vhd' } },
    { fc: { wwids: ['w'] } },
    { flocker: { datasetName: 'd' } },
    { gcePersistentDisk: { pdName: 'p' } },
    { photonPersistentDisk: { pdID: 'p' } },
    { portworxVolume: { volumeID: 'v' } },
    { quobyte: { registry: 'r:1', volume: 'v' } },
    { vsphereVolume: { volumePath: 'p' } },
  ),
);

/** Volumes of every kind that names something, each with a name of its own. */
export const volumesArbitrary: fc.Arbitrary<Volume[]> = fc
  .array(kinds, { maxLength: 4 })
  .map((volumes) => volumes.map((volume, index): Volume => ({ name: `v${index}`, ...volume })));
