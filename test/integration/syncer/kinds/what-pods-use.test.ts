import { expect } from 'vitest';
import {
  type ClusterTrustBundle,
  type ConfigMap,
  type KubeObject,
  type Pod,
  type Secret,
  resources,
} from '../../../../src/kube/types.ts';
import { type WorldsCase, describeWorlds, marked, translator } from '../../../support/worlds.ts';

type Volumes = NonNullable<NonNullable<Pod['spec']>['volumes']>;

/** ConfigMaps and Secrets of both sides; those of the tenant stay as they are. */
interface Case {
  title: string;
  /** Of the tenant's pod; without them there is no pod. */
  volumes?: Volumes;
  virtual: KubeObject[];
  host?: KubeObject[];
  after: { host: KubeObject[]; events?: string[] };
}

/** An object of the tenant. */
function of<T extends KubeObject>(kind: string, name: string, fields: object, metadata: object = {}): T {
  const object: KubeObject = { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop', uid: 'u1', ...metadata } };
  return { ...object, ...fields } as T;
}

/** Its host object; `owner` is its kind in the owner mark. */
function onHost<T extends KubeObject>(
  kind: string,
  name: string,
  fields: object,
  {
    owner = kind,
    ownerReferences,
    ...marks
  }: Parameters<typeof marked>[3] & { owner?: string; ownerReferences?: unknown[] } = {},
): T {
  const metadata = { ...marked(owner, 'shop', name, marks), ...(ownerReferences ? { ownerReferences } : {}) };
  return { apiVersion: 'v1', kind, metadata, ...fields } as unknown as T;
}

const usesConfig: Volumes = [{ name: 'v', configMap: { name: 'settings' } }];
const usesSecret: Volumes = [{ name: 'v', secret: { secretName: 'word' } }];
const settings = (data: ConfigMap['data']) => of<ConfigMap>('ConfigMap', 'settings', { data });
const hostSettings = (data: ConfigMap['data'], metadata = {}) =>
  onHost<ConfigMap>('ConfigMap', 'settings', { data }, metadata);
const bundle = (base64: string): ClusterTrustBundle => ({
  apiVersion: 'certificates.k8s.io/v1beta1',
  kind: 'ClusterTrustBundle',
  metadata: { name: 'corp', uid: 'b1' },
  spec: { trustBundle: pem(base64) },
});
const pem = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
const mounts = (optional: boolean): Volumes => [
  { name: 'v', projected: { sources: [{ clusterTrustBundle: { name: 'corp', path: 'ca.pem', optional } }] } },
];
const hostPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  name: translator.hostName('Pod', 'shop', 'user'),
  uid: expect.any(String) as string,
};
const bundlesOnHost = (text: string) =>
  onHost<ConfigMap>(
    'ConfigMap',
    'user',
    { data: { 'v.0': text } },
    { owner: 'ClusterTrustBundles', ownerReferences: [hostPod] },
  );

const cases: Case[] = [
  {
    title: 'a ConfigMap that a pod uses is made on the host, whole, without what means something here only',
    volumes: usesConfig,
    virtual: [
      of<ConfigMap>(
        'ConfigMap',
        'settings',
        { data: { a: '1' }, binaryData: { b: 'AA==' }, immutable: true },
        {
          labels: { app: 'x' },
          annotations: { note: 'n', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
          finalizers: ['example.com/f'],
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'n' }],
        },
      ),
      of<ConfigMap>('ConfigMap', 'unused', { data: { a: '1' } }),
    ],
    after: {
      host: [
        onHost<ConfigMap>(
          'ConfigMap',
          'settings',
          { data: { a: '1' }, binaryData: { b: 'AA==' }, immutable: true },
          {
            labels: { 'v.k3v.io/app': 'x' },
            annotations: { note: 'n', 'k3v.io/copied-annotations': 'note' },
          },
        ),
      ],
    },
  },
  {
    title: 'what somebody changes on the host is put back, and what others add to its metadata stays',
    volumes: usesConfig,
    virtual: [settings({ a: '1', b: '2' })],
    host: [hostSettings({ a: 'changed', c: 'added' }, { labels: { theirs: 'x' }, annotations: { theirs: 'y' } })],
    after: { host: [hostSettings({ a: '1', b: '2' }, { labels: { theirs: 'x' }, annotations: { theirs: 'y' } })] },
  },
  {
    title: 'what no pod uses any more goes from the host, and stays with the tenant',
    virtual: [settings({ a: '1' })],
    host: [hostSettings({ a: '1' })],
    after: { host: [] },
  },
  {
    title: 'what belonged to a predecessor of the same name is made anew',
    volumes: usesConfig,
    virtual: [settings({ a: 'new' })],
    host: [hostSettings({ a: 'old' }, { annotations: { 'k3v.io/owner-uid': 'before' } })],
    after: { host: [hostSettings({ a: 'new' })] },
  },
  {
    title: 'a Secret crosses with its type, as image pulls and TLS want it',
    volumes: usesSecret,
    virtual: [
      of<Secret>('Secret', 'word', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } }),
    ],
    after: {
      host: [
        onHost<Secret>('Secret', 'word', {
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': 'e30=' },
        }),
      ],
    },
  },
  {
    title:
      'a service-account token of the old kind crosses as plain data, so that the host neither fills it nor takes it for one of its own',
    volumes: usesSecret,
    virtual: [
      of<Secret>(
        'Secret',
        'word',
        {
          type: 'kubernetes.io/service-account-token',
          data: { token: 'dG9rZW4=', 'ca.crt': 'Y2E=', namespace: 'c2hvcA==' },
        },
        { annotations: { 'kubernetes.io/service-account.name': 'robot', 'kubernetes.io/service-account.uid': 'r1' } },
      ),
    ],
    after: {
      host: [
        onHost<Secret>(
          'Secret',
          'word',
          { type: 'Opaque', data: { token: 'dG9rZW4=', 'ca.crt': 'Y2E=', namespace: 'c2hvcA==' } },
          {
            annotations: {
              'kubernetes.io/service-account.name': 'robot',
              'kubernetes.io/service-account.uid': 'r1',
              'k3v.io/copied-annotations': 'kubernetes.io/service-account.name,kubernetes.io/service-account.uid',
            },
          },
        ),
      ],
    },
  },
  {
    title: 'the tokens of a pod stand in a Secret of its own',
    volumes: [
      { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600 } }] } },
    ],
    virtual: [of('ServiceAccount', 'default', {})],
    after: {
      host: [
        onHost<Secret>(
          'Secret',
          'user',
          { type: 'Opaque', data: { 'v.0': expect.stringMatching(/^[A-Za-z0-9+/]{100,}=*$/) as string } },
          { owner: 'ServiceAccountToken', ownerReferences: [] },
        ),
      ],
    },
  },
  {
    title: 'the trust bundles of a pod stand in a ConfigMap that belongs to its host pod',
    volumes: mounts(false),
    virtual: [bundle('QQ==')],
    after: { host: [bundlesOnHost(pem('QQ=='))] },
  },
  {
    title: 'the trust bundles of a pod follow a bundle that has changed',
    volumes: mounts(false),
    virtual: [bundle('Qg==')],
    host: [onHost('ConfigMap', 'user', { data: { 'v.0': pem('QQ==') } }, { owner: 'ClusterTrustBundles' })],
    after: { host: [bundlesOnHost(pem('Qg=='))] },
  },
  {
    title: 'a trust bundle that may be missing is an empty file',
    volumes: mounts(true),
    virtual: [],
    after: { host: [bundlesOnHost('')] },
  },
  {
    title: 'a pod waits for a trust bundle that may not be missing, and the tenant is told',
    volumes: mounts(false),
    virtual: [],
    after: { host: [], events: ['FailedMount'] },
  },
];

const compared = [resources.configMaps, resources.secrets];
const isCompared = ({ kind }: KubeObject) => compared.some((resource) => resource.kind === kind);

describeWorlds(
  'what pods use, before and after',
  { kinds: [], compared },
  cases.map(({ title, volumes, virtual, host = [], after }): WorldsCase => {
    const spec = { containers: [{ name: 'main', image: 'i' }], volumes };
    const pods = volumes ? [of<Pod>('Pod', 'user', { spec, status: { phase: 'Pending' } })] : [];
    return {
      title,
      virtual: [...pods, ...virtual],
      host,
      after: { virtual: virtual.filter(isCompared), host: after.host, events: after.events ?? [] },
    };
  }),
);
