import { type Ingress, type KubeObject, type Secret, resources } from '../../../../src/kube/types.ts';
import { customResource } from '../../../../src/syncer/kinds/custom-resources.ts';
import { ingresses } from '../../../../src/syncer/kinds/ingresses.ts';
import { readSyncRules } from '../../../../src/syncer/sync-rules.ts';
import { describeWorlds, marked, translator } from '../../../support/worlds.ts';

const name = 'certificates.cert-manager.io';
const served = {
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificates',
  kind: 'Certificate',
  namespaced: true,
  hasStatus: true,
};
const kindBy = (rule: object) => {
  const found = readSyncRules({ [name]: rule }, 'rules.yaml').get(name);
  if (!found) throw new Error('no rule');
  return customResource(name, found);
};
const certificates = kindBy({
  references: [
    { path: 'spec.secretName', kind: 'Secret', output: true },
    { path: 'spec.issuerRef.name', kind: 'Issuer', when: { 'spec.issuerRef.kind': ['Issuer', null] } },
    { path: 'spec.keystores.*.passwordSecretRef.name', kind: 'Secret' },
    { path: 'spec.copies[].name', kind: 'ConfigMap', namespaceField: 'namespace', default: '{name}-copy' },
  ],
  selectors: ['spec.pods'],
  leaveOut: ['spec.nodes'],
  keepLabels: ['release'],
});
const nameOf = (kind: string, named: string, namespace = 'shop') => translator.hostName(kind, namespace, named);

interface Parts {
  spec: object;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  status?: object;
}
const ofTenant = ({ spec, generation = 1, labels = {}, annotations = {}, status }: Parts) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', generation, labels, annotations },
  spec,
  ...(status ? { status } : {}),
});
const onHost = ({ spec, generation = 1, labels = {}, annotations = {}, status }: Parts) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: {
    ...marked('Certificate', 'shop', 'web', {
      labels,
      annotations: { 'k3v.io/owner-generation': '1', ...annotations },
    }),
    generation,
  },
  spec,
  ...(status ? { status } : {}),
});
const secret = (metadata: KubeObject['metadata'], crt = 'bmV3'): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata,
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': crt },
});
const written = secret({
  name: nameOf('Secret', 'cert'),
  namespace: 'team',
  labels: { 'controller.cert-manager.io/fao': 'true' },
  annotations: { 'cert-manager.io/certificate-name': nameOf('Certificate', 'web') },
});
const outputMarks = (uid?: string) => {
  const { labels, annotations } = marked('Secret', 'shop', 'cert');
  const { 'k3v.io/owner-uid': _, ...rest } = annotations ?? {};
  return {
    labels: { ...labels, ...written.metadata.labels },
    annotations: {
      ...rest,
      ...written.metadata.annotations,
      'k3v.io/owner-kind': 'SecretOutput',
      ...(uid ? { 'k3v.io/owner-uid': uid } : {}),
    },
  };
};
const brought = secret({
  name: 'cert',
  namespace: 'shop',
  uid: 's1',
  labels: { 'controller.cert-manager.io/fao': 'true', 'k3v.io/managed': 'true' },
  annotations: { 'cert-manager.io/certificate-name': 'web' },
});
const outputOnHost = secret({ ...written.metadata, ...outputMarks('s1') });
const ingress: Ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  spec: { tls: [{ secretName: 'cert' }] },
};
const minimal = { secretName: 'cert' };
const minimalOnHost = { secretName: nameOf('Secret', 'cert'), copies: undefined };

describeWorlds(
  'custom resources before and after',
  { kinds: [certificates, ingresses], served, compared: [served, resources.secrets, resources.configMaps] },
  [
    {
      title: 'an object crosses by its rule: names, selectors, labels and what is left out; what it names comes along',
      virtual: [
        ofTenant({
          labels: { release: 'a', app: 'x' },
          spec: {
            secretName: 'cert',
            issuerRef: { name: 'ca' },
            keystores: { jks: { passwordSecretRef: { name: 'password', key: 'k' } }, p12: { create: false } },
            copies: [{ name: 'one' }, { name: 'two', namespace: 'other' }, {}],
            pods: { matchLabels: { app: 'x' } },
            nodes: 'all',
            dnsNames: ['cert'],
          },
        }),
        secret({ name: 'password', namespace: 'shop', uid: 'u1' }),
        secret({ name: 'unused', namespace: 'shop', uid: 'u1' }),
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two', namespace: 'other', uid: 'u1' } },
      ],
      host: [],
      after: {
        virtual: [
          ofTenant({
            labels: { release: 'a', app: 'x' },
            spec: {
              secretName: 'cert',
              issuerRef: { name: 'ca' },
              keystores: { jks: { passwordSecretRef: { name: 'password', key: 'k' } }, p12: { create: false } },
              copies: [{ name: 'one' }, { name: 'two', namespace: 'other' }, {}],
              pods: { matchLabels: { app: 'x' } },
              nodes: 'all',
              dnsNames: ['cert'],
            },
          }),
          secret({ name: 'password', namespace: 'shop' }),
          secret({ name: 'unused', namespace: 'shop' }),
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two', namespace: 'other' } },
        ],
        host: [
          onHost({
            labels: { release: 'a', 'v.k3v.io/release': 'a', 'v.k3v.io/app': 'x' },
            spec: {
              secretName: nameOf('Secret', 'cert'),
              issuerRef: { name: nameOf('Issuer', 'ca') },
              keystores: {
                jks: { passwordSecretRef: { name: nameOf('Secret', 'password'), key: 'k' } },
                p12: { create: false },
              },
              copies: [
                { name: nameOf('ConfigMap', 'one') },
                { name: nameOf('ConfigMap', 'two', 'other'), namespace: 'team' },
                { name: nameOf('ConfigMap', 'web-copy') },
              ],
              pods: {
                matchLabels: { 'k3v.io/cluster': 'a', 'v.k3v.io/app': 'x' },
                matchExpressions: [{ key: 'k3v.io/namespace', operator: 'In', values: ['shop'] }],
              },
              dnsNames: ['cert'],
            },
          }),
          secret(marked('Secret', 'shop', 'password')),
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: marked('ConfigMap', 'other', 'two') },
        ],
      },
    },
    {
      title: 'a name that a condition rules out stays',
      virtual: [ofTenant({ spec: { ...minimal, issuerRef: { kind: 'ClusterIssuer', name: 'ca' } } })],
      host: [],
      after: {
        virtual: [ofTenant({ spec: { ...minimal, issuerRef: { kind: 'ClusterIssuer', name: 'ca' } } })],
        host: [onHost({ spec: { ...minimalOnHost, issuerRef: { kind: 'ClusterIssuer', name: 'ca' } } })],
      },
    },
    {
      title: 'the status comes back, in the names and generations of the virtual cluster',
      virtual: [ofTenant({ spec: minimal, generation: 4, status: { observedGeneration: 2 } })],
      host: [
        onHost({
          spec: minimalOnHost,
          generation: 9,
          annotations: { 'k3v.io/owner-generation': '4' },
          status: {
            observedGeneration: 9,
            conditions: [
              { type: 'Ready', observedGeneration: 9, message: `${nameOf('Secret', 'cert')} is up to date` },
              { type: 'Old', observedGeneration: 8 },
            ],
          },
        }),
      ],
      after: {
        virtual: [
          ofTenant({
            spec: minimal,
            status: {
              observedGeneration: 4,
              conditions: [
                { type: 'Ready', observedGeneration: 4, message: 'cert is up to date' },
                { type: 'Old', observedGeneration: 0 },
              ],
            },
          }),
        ],
        host: [
          onHost({
            spec: minimalOnHost,
            annotations: { 'k3v.io/owner-generation': '4' },
            status: {
              observedGeneration: 9,
              conditions: [
                { type: 'Ready', observedGeneration: 9, message: `${nameOf('Secret', 'cert')} is up to date` },
                { type: 'Old', observedGeneration: 8 },
              ],
            },
          }),
        ],
      },
    },
    {
      title: 'what controllers of the host add stays, and drift is put back',
      virtual: [ofTenant({ spec: minimal })],
      host: [onHost({ spec: { secretName: 'drift', revision: 7 } })],
      after: {
        virtual: [ofTenant({ spec: minimal })],
        host: [onHost({ spec: { ...minimalOnHost, revision: 7 } })],
      },
    },
    {
      title: 'what the tenant takes out goes from the host',
      virtual: [ofTenant({ spec: minimal, generation: 2 })],
      host: [onHost({ spec: { ...minimalOnHost, dnsNames: ['old'] } })],
      after: {
        virtual: [ofTenant({ spec: minimal })],
        host: [onHost({ spec: minimalOnHost, annotations: { 'k3v.io/owner-generation': '2' } })],
      },
    },
    {
      title: 'a Secret that a controller of the host has written under the host name comes back',
      virtual: [ofTenant({ spec: minimal }), ingress],
      host: [onHost({ spec: minimalOnHost }), written],
      after: {
        virtual: [ofTenant({ spec: minimal }), brought],
        host: [
          onHost({ spec: minimalOnHost }),
          { ...written, metadata: { ...written.metadata, ...outputMarks('new') } },
        ],
      },
    },
    {
      title: 'a renewed Secret comes back, though what uses it would send the old one',
      virtual: [ofTenant({ spec: minimal }), ingress, secret(brought.metadata, 'b2xk')],
      host: [onHost({ spec: minimalOnHost }), outputOnHost],
      after: {
        virtual: [ofTenant({ spec: minimal }), brought],
        host: [onHost({ spec: minimalOnHost }), outputOnHost],
      },
    },
    {
      title: 'a Secret of the host that the tenant deleted here goes there, so that its controller may make it again',
      virtual: [],
      host: [outputOnHost],
      after: { virtual: [], host: [] },
    },
    {
      title: 'a Secret that has gone from the host goes here',
      virtual: [brought],
      host: [],
      after: { virtual: [], host: [] },
    },
    {
      title: 'a Secret that nobody makes any more goes on coming back',
      virtual: [secret(brought.metadata, 'b2xk')],
      host: [outputOnHost],
      after: { virtual: [brought], host: [outputOnHost] },
    },
    {
      title: "a Secret of the tenant's own gives way to that of the host's controller",
      virtual: [ofTenant({ spec: minimal }), ingress, secret({ name: 'cert', namespace: 'shop', uid: 's1' }, 'b2xk')],
      host: [onHost({ spec: minimalOnHost }), outputOnHost],
      after: {
        virtual: [ofTenant({ spec: minimal }), brought],
        host: [onHost({ spec: minimalOnHost }), outputOnHost],
      },
    },
  ],
);

const shown = (metadata: KubeObject['metadata'], spec: object, status?: object) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata,
  spec,
  ...(status ? { status } : {}),
});

describeWorlds(
  'custom resources of the host that are shown',
  { kinds: [kindBy({ direction: 'toVirtual', namespace: 'shared' })], served, compared: [served] },
  [
    {
      title: 'stand in the virtual namespace with their own names and status, and what the tenant changes is put back',
      virtual: [
        shown({ name: 'a', namespace: 'shared', labels: { 'k3v.io/managed': 'true' } }, { x: 'changed' }),
        shown({ name: 'gone', namespace: 'shared', labels: { 'k3v.io/managed': 'true' } }, {}),
        shown({ name: 'own', namespace: 'shared' }, {}),
      ],
      host: [
        shown({ name: 'a', namespace: 'team', labels: { b: 'c' } }, { x: 'y' }, { ready: true }),
        shown({ name: 'elsewhere', namespace: 'other' }, {}),
        onHost({ spec: {} }),
      ],
      after: {
        virtual: [
          shown({ name: 'a', namespace: 'shared', labels: { 'k3v.io/managed': 'true' } }, { x: 'y' }, { ready: true }),
          shown({ name: 'own', namespace: 'shared' }, {}),
        ],
        host: [
          shown({ name: 'elsewhere', namespace: 'other' }, {}),
          shown({ name: 'a', namespace: 'team', labels: { b: 'c' } }, { x: 'y' }, { ready: true }),
          onHost({ spec: {} }),
        ],
      },
    },
  ],
);

describeWorlds(
  'cluster-scoped custom resources of the host that are shown',
  {
    kinds: [kindBy({ direction: 'toVirtual', clusterScoped: true })],
    served: { ...served, namespaced: false },
    compared: [{ ...served, namespaced: false }],
  },
  [
    {
      title: 'stand there with their own names',
      virtual: [],
      host: [shown({ name: 'ca' }, { x: 'y' })],
      after: {
        virtual: [shown({ name: 'ca', labels: { 'k3v.io/managed': 'true' }, annotations: {} }, { x: 'y' })],
        host: [shown({ name: 'ca' }, { x: 'y' })],
      },
    },
  ],
);
