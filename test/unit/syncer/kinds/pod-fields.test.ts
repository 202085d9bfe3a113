import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, describe, test } from 'vitest';
import type { Pod } from '../../../../src/kube/types.ts';
import { toHostPod, toVirtualPod } from '../../../../src/syncer/kinds/pods.ts';
import { type Spec, hostNameInShop as named, podContext, podWith } from '../../../support/pod-context.ts';

/**
 * What becomes of each field of a pod. The tables name every field that the API has (types of @kubernetes/client-node): a new one does not
 * compile before someone decides.
 */
type Fate<T> = { tenant: T; host: unknown };
type Table<T> = { [F in keyof Required<T>]: Fate<NonNullable<T[F]> | undefined> };
type Status = NonNullable<Pod['status']>;
type Volume = NonNullable<Spec['volumes']>[number];
type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
type Container = Spec['containers'][number];
type EnvSource = NonNullable<NonNullable<Container['env']>[number]['valueFrom']>;

const same = <T>(tenant: T): Fate<T> => ({ tenant, host: tenant });
const becomes = <T>(tenant: T, host: unknown): Fate<T> => ({ tenant, host });
/** Is the host's to decide, or names what is in the virtual cluster only. */
const gone = <T>(tenant: T): Fate<T> => ({ tenant, host: undefined });

const container = { name: 'main', image: 'nginx' };
const env: unknown = expect.arrayContaining([expect.objectContaining({ name: 'KUBERNETES_SERVICE_HOST' })]);
const onHost = { ...container, env };
const selector = { matchLabels: { app: 'x' } };
const hostSelector = {
  matchLabels: { 'k3v.io/cluster': 'a', 'v.k3v.io/app': 'x' },
  matchExpressions: [{ key: 'k3v.io/namespace', operator: 'In', values: ['shop'] }],
};
const nodeAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }],
  },
};
const term = { topologyKey: 'zone', labelSelector: selector };
const probe = { httpGet: { path: '/', port: 'http' } };

const specTable: Table<Spec> = {
  activeDeadlineSeconds: same(60),
  affinity: becomes(
    {
      nodeAffinity,
      podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
    },
    {
      nodeAffinity,
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: hostSelector } },
        ],
      },
    },
  ),
  automountServiceAccountToken: becomes(true, false),
  containers: becomes([container], [onHost]),
  // Beyond this: pod-dns.test.ts.
  dnsConfig: same({ options: [{ name: 'ndots', value: '2' }] }),
  dnsPolicy: same('Default'),
  enableServiceLinks: becomes(true, false),
  // They are added once the pod runs.
  ephemeralContainers: gone([container]),
  hostAliases: same([{ ip: '10.1.1.1', hostnames: ['a'] }]),
  hostIPC: same(true),
  hostNetwork: same(true),
  hostPID: same(true),
  hostUsers: same(false),
  // Beyond these: pod-hostname.test.ts.
  hostname: same('me'),
  hostnameOverride: same('me.example.com'),
  imagePullSecrets: becomes([{ name: 's' }], [{ name: named('Secret', 's') }]),
  initContainers: becomes([{ ...container, restartPolicy: 'Always' }], [{ ...onHost, restartPolicy: 'Always' }]),
  // The host's scheduler puts it there: pod-nodes.test.ts.
  nodeName: gone('n1'),
  nodeSelector: same({ disk: 'ssd' }),
  os: same({ name: 'linux' }),
  overhead: gone({ cpu: '1m' }),
  preemptionPolicy: gone('Never'),
  priority: gone(7),
  priorityClassName: gone('high'),
  readinessGates: same([{ conditionType: 'x/gate' }]),
  // Pods with claims wait (requireKnownSources); a claim of the host must not be reached by its name.
  resourceClaims: becomes(
    [
      { name: 'a', resourceClaimName: 'c' },
      { name: 'b', resourceClaimTemplateName: 't' },
    ],
    [
      { name: 'a', resourceClaimName: named('ResourceClaim', 'c') },
      { name: 'b', resourceClaimTemplateName: named('ResourceClaimTemplate', 't') },
    ],
  ),
  resources: same({ requests: { cpu: '1' } }),
  restartPolicy: same('Never'),
  runtimeClassName: same('gvisor'),
  schedulerName: gone('mine'),
  // There is no host pod while the tenant's gates are closed.
  schedulingGates: gone([{ name: 'x/gate' }]),
  schedulingGroup: gone({ podGroupName: 'g' }),
  securityContext: same({ runAsUser: 1, fsGroup: 2, sysctls: [{ name: 'net.a', value: '1' }] }),
  serviceAccount: gone('robot'),
  serviceAccountName: gone('robot'),
  setHostnameAsFQDN: gone(true),
  shareProcessNamespace: same(true),
  subdomain: gone('sub'),
  terminationGracePeriodSeconds: same(5),
  tolerations: same([{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 9 }]),
  topologySpreadConstraints: becomes(
    [
      {
        maxSkew: 1,
        minDomains: 2,
        nodeAffinityPolicy: 'Ignore',
        nodeTaintsPolicy: 'Honor',
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: selector,
      },
    ],
    [
      {
        maxSkew: 1,
        minDomains: 2,
        nodeAffinityPolicy: 'Ignore',
        nodeTaintsPolicy: 'Honor',
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: hostSelector,
      },
    ],
  ),
  volumes: becomes(
    [{ name: 'v', configMap: { name: 'c' } }],
    [{ name: 'v', configMap: { name: named('ConfigMap', 'c') } }],
  ),
};

describe('a field of the spec', () => {
  test.each(Object.entries(specTable))('%s', (field, { tenant, host }) => {
    const spec: { [field: string]: unknown } = { ...toHostPod(podWith({ [field]: tenant }), podContext).spec };
    expect(spec[field]).toEqual(host);
  });
});

const containerTable: Table<Container> = {
  name: same('main'),
  image: same('nginx'),
  imagePullPolicy: same('Always'),
  args: same(['$(A)', '$$(B)']),
  command: same(['sh']),
  workingDir: same('/'),
  env: becomes(
    [{ name: 'A', value: '$(B)$$(C)' }],
    expect.arrayContaining([{ name: 'A', value: '$(B)$$(C)' }]) as unknown,
  ),
  envFrom: becomes(
    [{ prefix: 'A_', configMapRef: { name: 'c', optional: true } }, { secretRef: { name: 's' } }],
    [
      { prefix: 'A_', configMapRef: { name: named('ConfigMap', 'c'), optional: true } },
      { secretRef: { name: named('Secret', 's') } },
    ],
  ),
  lifecycle: same({
    preStop: { exec: { command: ['true'] } },
    postStart: { sleep: { seconds: 1 } },
    stopSignal: 'SIGTERM',
  }),
  livenessProbe: same(probe),
  readinessProbe: same(probe),
  startupProbe: same(probe),
  ports: same([{ name: 'http', containerPort: 80, hostPort: 8080 }]),
  resizePolicy: same([{ resourceName: 'cpu', restartPolicy: 'NotRequired' }]),
  resources: same({ limits: { memory: '1Gi' }, claims: [{ name: 'a' }] }),
  restartPolicy: same('OnFailure'),
  restartPolicyRules: same([{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }]),
  securityContext: same({ privileged: false, capabilities: { drop: ['ALL'] } }),
  stdin: same(true),
  stdinOnce: same(true),
  tty: same(true),
  terminationMessagePath: same('/dev/x'),
  terminationMessagePolicy: same('File'),
  volumeDevices: same([{ name: 'v', devicePath: '/dev/xvda' }]),
  volumeMounts: same([{ name: 'v', mountPath: '/v', subPathExpr: '$(A)', recursiveReadOnly: 'Enabled' }]),
};

describe.each(['containers', 'initContainers'] as const)('a field of %s', (list) => {
  test.each(Object.entries(containerTable))('%s', (field, { tenant, host }) => {
    const spec = toHostPod(podWith({ [list]: [{ ...container, [field]: tenant }] }), podContext).spec;
    const [found = {}] = spec?.[list] ?? [];
    expect(Reflect.get(found, field)).toEqual(host);
  });
});

const envTable: Table<EnvSource> = {
  configMapKeyRef: becomes(
    { name: 'c', key: 'k', optional: true },
    { name: named('ConfigMap', 'c'), key: 'k', optional: true },
  ),
  secretKeyRef: becomes({ name: 's', key: 'k' }, { name: named('Secret', 's'), key: 'k' }),
  fieldRef: same({ fieldPath: 'spec.nodeName' }),
  // The volume is one of the pod's own.
  fileKeyRef: same({ volumeName: 'v', path: 'env', key: 'k', optional: true }),
  resourceFieldRef: same({ containerName: 'main', resource: 'limits.cpu', divisor: '1m' }),
};

describe('a variable from', () => {
  test.each(Object.entries(envTable))('%s', (source, { tenant, host }) => {
    const containers = [{ ...container, env: [{ name: 'X', valueFrom: { [source]: tenant } }] }];
    const variables = toHostPod(podWith({ containers }), podContext).spec?.containers[0]?.env;
    expect(variables?.at(-1)).toEqual({ name: 'X', valueFrom: { [source]: host } });
  });

  test.each([
    ['metadata.name', 'p'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u1'],
    ['spec.serviceAccountName', 'robot'],
  ])('the field %s', (fieldPath, value) => {
    const containers = [{ ...container, env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] }];
    const host = toHostPod(podWith({ containers, serviceAccountName: 'robot' }), podContext);
    expect(host.spec?.containers[0]?.env?.at(-1)).toEqual({ name: 'X', value });
  });
});

const withSecret = { secretRef: { name: 's' } };
const withHostSecret = { secretRef: { name: named('Secret', 's') } };

const volumeTable: Table<Omit<Volume, 'name' | 'ephemeral'>> = {
  awsElasticBlockStore: same({ volumeID: 'v' }),
  azureDisk: same({ diskName: 'd', diskURI: 'u' }),
  azureFile: becomes({ secretName: 's', shareName: 'x' }, { secretName: named('Secret', 's'), shareName: 'x' }),
  cephfs: becomes({ monitors: ['m'], ...withSecret }, { monitors: ['m'], ...withHostSecret }),
  cinder: becomes({ volumeID: 'v', ...withSecret }, { volumeID: 'v', ...withHostSecret }),
  configMap: becomes({ name: 'c', defaultMode: 0o400 }, { name: named('ConfigMap', 'c'), defaultMode: 0o400 }),
  csi: becomes(
    { driver: 'd', nodePublishSecretRef: { name: 's' } },
    { driver: 'd', nodePublishSecretRef: { name: named('Secret', 's') } },
  ),
  downwardAPI: same({ items: [{ path: 'a', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } }] }),
  emptyDir: same({ medium: 'Memory', sizeLimit: '1Gi' }),
  fc: same({ wwids: ['w'] }),
  flexVolume: becomes({ driver: 'd', ...withSecret }, { driver: 'd', ...withHostSecret }),
  flocker: same({ datasetName: 'd' }),
  gcePersistentDisk: same({ pdName: 'p' }),
  gitRepo: same({ repository: 'r' }),
  glusterfs: becomes({ endpoints: 'e', path: '/' }, { endpoints: named('Service', 'e'), path: '/' }),
  hostPath: same({ path: '/tmp' }),
  image: same({ reference: 'i', pullPolicy: 'Always' }),
  iscsi: becomes(
    { iqn: 'i', lun: 0, targetPortal: 't', ...withSecret },
    { iqn: 'i', lun: 0, targetPortal: 't', ...withHostSecret },
  ),
  nfs: same({ path: '/', server: 's' }),
  persistentVolumeClaim: becomes(
    { claimName: 'c', readOnly: true },
    { claimName: named('PersistentVolumeClaim', 'c'), readOnly: true },
  ),
  photonPersistentDisk: same({ pdID: 'p' }),
  portworxVolume: same({ volumeID: 'v' }),
  projected: same({ sources: [] }),
  quobyte: same({ registry: 'r', volume: 'v' }),
  rbd: becomes({ image: 'i', monitors: ['m'], ...withSecret }, { image: 'i', monitors: ['m'], ...withHostSecret }),
  scaleIO: becomes(
    { gateway: 'g', system: 's', secretRef: { name: 's' } },
    { gateway: 'g', system: 's', secretRef: { name: named('Secret', 's') } },
  ),
  secret: becomes({ secretName: 's', optional: true }, { secretName: named('Secret', 's'), optional: true }),
  storageos: becomes({ volumeName: 'v', ...withSecret }, { volumeName: 'v', ...withHostSecret }),
  vsphereVolume: same({ volumePath: 'p' }),
};

const volumesOf = (volume: object) =>
  toHostPod(podWith({ volumes: [{ name: 'v', ...volume }] }), podContext).spec?.volumes;

describe('a volume', () => {
  test.each(Object.entries(volumeTable))('%s', (kind, { tenant, host }) => {
    expect(volumesOf({ [kind]: tenant })).toEqual([{ name: 'v', [kind]: host }]);
  });

  test('ephemeral', () => {
    const claimName = named('PersistentVolumeClaim', 'p-v');
    const ephemeral = { volumeClaimTemplate: { spec: {} } };
    expect(volumesOf({ ephemeral })).toEqual([{ name: 'v', persistentVolumeClaim: { claimName } }]);
  });
});

const sourceTable: Table<Omit<Source, 'serviceAccountToken' | 'clusterTrustBundle'>> = {
  // Pods with it wait (requireKnownSources).
  podCertificate: same({ signerName: 'x/y', keyType: 'ED25519' }),
  configMap: becomes({ name: 'c', items: [] }, { name: named('ConfigMap', 'c'), items: [] }),
  downwardAPI: same({ items: [{ path: 'a', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } }] }),
  secret: becomes({ name: 's', optional: true }, { name: named('Secret', 's'), optional: true }),
};

describe('a source of a projected volume', () => {
  test.each(Object.entries(sourceTable))('%s', (kind, { tenant, host }) => {
    const [volume] = volumesOf({ projected: { sources: [{ [kind]: tenant }] } }) ?? [];
    expect(volume?.projected?.sources).toEqual([{ [kind]: host }]);
  });

  test('serviceAccountToken', () => {
    const [volume] = volumesOf({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }) ?? [];
    const secret = { name: named('ServiceAccountToken', 'p'), items: [{ key: 'v.0', path: 't' }] };
    expect(volume?.projected?.sources).toEqual([{ secret }]);
  });

  test('clusterTrustBundle', () => {
    const [volume] =
      volumesOf({ projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'ca.pem' } }] } }) ?? [];
    const configMap = { name: named('ClusterTrustBundles', 'p'), items: [{ key: 'v.0', path: 'ca.pem' }] };
    expect(volume?.projected?.sources).toEqual([{ configMap }]);
  });
});

const running = { name: 'main', image: 'i', imageID: 'i', ready: true, restartCount: 0 };
const statuses = [running, { ...running, name: 'injected' }];

/** Here `tenant` is what the virtual pod gets of `host`. */
const statusTable: Table<Status> = {
  allocatedResources: same({ cpu: '1' }),
  conditions: becomes(
    [{ type: 'Ready', status: 'True', observedGeneration: 4 }],
    [{ type: 'Ready', status: 'True', observedGeneration: 7 }],
  ),
  containerStatuses: becomes([running], statuses),
  ephemeralContainerStatuses: becomes([running], statuses),
  extendedResourceClaimStatus: becomes(undefined, { resourceClaimName: 'h', requestMappings: [] }),
  hostIP: same('10.0.0.1'),
  hostIPs: same([{ ip: '10.0.0.1' }]),
  initContainerStatuses: becomes([running], statuses),
  message: same('evicted'),
  nodeAllocatableResourceClaimStatuses: becomes(undefined, [{ resourceClaimName: 'h' }]),
  nominatedNodeName: same('n1'),
  observedGeneration: becomes(4, 7),
  phase: same('Running'),
  podIP: same('10.1.0.1'),
  podIPs: same([{ ip: '10.1.0.1' }, { ip: 'fd00::1' }]),
  // Never changes; the tenant's pod has none yet.
  qosClass: same('Burstable'),
  reason: same('Evicted'),
  resize: same('Proposed'),
  resourceClaimStatuses: becomes(undefined, [{ name: 'a', resourceClaimName: 'h' }]),
  resources: same({ requests: { cpu: '1' } }),
  startTime: same('2026-01-01T00:00:00Z'),
};

describe('a field of the status', () => {
  test.each(Object.entries(statusTable))('%s', (field, { tenant, host }) => {
    const containers = { initContainers: [container], ephemeralContainers: [container] };
    const onHost: Pod = { ...podWith({}, { generation: 7 }), status: { [field]: host } };
    const { status } = toVirtualPod(onHost, podWith(containers, { generation: 4 }), podContext);
    expect(Reflect.get(status ?? {}, field)).toEqual(tenant);
  });
});

describe('docs/pods.md', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../docs/pods.md'), 'utf8');
  /** The fields in the first column of the table under `heading`. */
  const fieldsUnder = (heading: string): string[] => {
    const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
    const columns = [...section.matchAll(/^\| (`[^|]*)\|/gm)].map(([, column = '']) => column);
    return columns.flatMap((column) => [...column.matchAll(/`(\w+)`/g)].map(([, field = '']) => field)).toSorted();
  };
  test.each([
    ['Spec', Object.keys(specTable)],
    ['Variables', Object.keys(envTable)],
    ['Volumes', [...Object.keys(volumeTable), 'ephemeral']],
    ['Sources of projected volumes', [...Object.keys(sourceTable), 'serviceAccountToken', 'clusterTrustBundle']],
    ['Status', Object.keys(statusTable)],
  ])('says of each field what becomes of it: %s', (heading, fields) => {
    expect(fieldsUnder(heading)).toEqual(fields.toSorted());
  });
});
