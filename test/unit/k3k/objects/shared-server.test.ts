import { describe, expect, it, test } from 'vitest';
import { sharedServer } from '../../../../src/k3k/objects/shared-server.ts';
import type { ClusterSpec } from '../../../../src/k3k/types.ts';
import type { StatefulSet } from '../../../../src/kube/types.ts';
import { devContext } from '../../../support/k3k-context.ts';

const labels = { 'k3k.io/cluster': 'dev', cluster: 'dev', role: 'server', type: 'shared' };
const baseArgs = [
  '--namespace=team',
  '--id=dev',
  '--data-dir=/data',
  '--write-kubeconfig=/data/kubeconfig.yaml',
  '--listen-port=6443',
  '--advertise-address=$(POD_IP)',
  '--write-kubeconfig-secret=k3k-dev-kubeconfig',
  '--kubeconfig-secret-server=https://k3k-dev-service.team.svc:443',
  '--distro=kubernetes',
  '--kubernetes-version=1.36',
  '--nodes=from-pods',
  '--tls-san=k3k-dev-service',
  '--tls-san=k3k-dev-service.team',
  '--tls-san=k3k-dev-service.team.svc',
  '--tls-san=10.96.0.7',
];

function made(context = devContext()): StatefulSet {
  const server = sharedServer(context).find(({ kind }) => kind === 'StatefulSet');
  if (!server) throw new Error('no StatefulSet');
  return server as StatefulSet;
}
const of = (spec: Partial<ClusterSpec>) => made(devContext({ spec }));
const podOf = (spec: Partial<ClusterSpec>) => of(spec).spec?.template.spec;
const argsOf = (spec: Partial<ClusterSpec>) => podOf(spec)?.containers[0]?.args ?? [];
const added = (spec: Partial<ClusterSpec>) => argsOf(spec).filter((arg) => !baseArgs.includes(arg));

it('is a StatefulSet of k3v as the restricted Pod Security Standard takes it, which goes with its Cluster', () => {
  const probe = (path: string) => ({ httpGet: { path, port: 6443, scheme: 'HTTPS' }, timeoutSeconds: 5 });
  expect(made()).toEqual({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'k3k-dev-server',
      namespace: 'team',
      labels: { 'k3k.io/cluster': 'dev' },
      ownerReferences: [{ apiVersion: 'k3k.io/v1beta1', kind: 'Cluster', name: 'dev', uid: 'u1', controller: true }],
    },
    spec: {
      replicas: 1,
      podManagementPolicy: 'Parallel',
      serviceName: 'k3k-dev-server-headless',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'k3k-dev-server',
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            fsGroup: 65_532,
            fsGroupChangePolicy: 'OnRootMismatch',
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'k3v',
              image: 'registry.example/k3v:1',
              args: baseArgs,
              env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
              ports: [{ name: 'https', containerPort: 6443, protocol: 'TCP' }],
              resources: { requests: { cpu: '250m', memory: '512Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              startupProbe: { ...probe('/readyz'), periodSeconds: 1, failureThreshold: 300 },
              readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 3 },
              livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
              terminationMessagePolicy: 'FallbackToLogsOnError',
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data', labels: { 'k3k.io/cluster': 'dev' } },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2G' } } },
        },
      ],
    },
  });
});

it('waits for the address of the Service, which stands in its certificate', () => {
  expect(sharedServer(devContext({ service: undefined }))).toEqual([]);
});

describe('a field of the Cluster', () => {
  test.each<{ spec: Partial<ClusterSpec>; args: string[] }>([
    { spec: { version: 'v1.34.2-k3s1' }, args: ['--kubernetes-version=1.34'] },
    { spec: { mirrorHostNodes: true }, args: ['--nodes=all'] },
    { spec: { tlsSANs: ['dev.example', '192.0.2.1'] }, args: ['--tls-san=dev.example', '--tls-san=192.0.2.1'] },
    { spec: { serviceCIDR: '10.96.0.0/16' }, args: ['--service-cidr=10.96.0.0/16'] },
    {
      spec: { sync: { ingresses: { enabled: true }, priorityClasses: { enabled: true } } },
      args: ['--sync=ingresses', '--sync=priorityclasses'],
    },
    { spec: { sync: { ingresses: { enabled: false }, storageClasses: { enabled: true } } }, args: [] },
    { spec: { nodeSelector: { disk: 'ssd' } }, args: ['--pod-node-selector=disk=ssd'] },
    { spec: { priorityClass: 'high' }, args: ['--pod-priority-class=high'] },
    {
      spec: { addons: [{ secretRef: 'b' }, { secretRef: 'a' }] },
      args: ['--manifests=/manifests/b', '--manifests=/manifests/a'],
    },
    { spec: { persistence: { type: 'ephemeral' } }, args: ['--take-over-id'] },
    { spec: { serverArgs: ['--debug', '--sync=networkpolicies'] }, args: ['--debug', '--sync=networkpolicies'] },
  ])('$spec gives k3v $args', ({ spec, args }) => {
    expect(added(spec)).toEqual(args);
  });

  test.each<{ spec: Partial<ClusterSpec>; pod: object }>([
    { spec: { nodeSelector: { disk: 'ssd' } }, pod: { nodeSelector: { disk: 'ssd' } } },
    { spec: { priorityClass: 'high' }, pod: { priorityClassName: 'high' } },
    { spec: { serverAffinity: { nodeAffinity: {} } }, pod: { affinity: { nodeAffinity: {} } } },
    { spec: { runtimeClassName: 'kata' }, pod: { runtimeClassName: 'kata' } },
    { spec: { hostUsers: false }, pod: { hostUsers: false } },
    { spec: { podSecurityContext: { runAsUser: 7 } }, pod: { securityContext: { runAsUser: 7 } } },
    { spec: { securityContext: { runAsUser: 7 } }, pod: { containers: [{ securityContext: { runAsUser: 7 } }] } },
    {
      spec: { serverLimit: { cpu: '1' } },
      pod: { containers: [{ resources: { limits: { cpu: '1' } } }] },
    },
    {
      spec: { serverLimit: { cpu: '1' }, serverResources: { requests: { cpu: '2' } } },
      pod: { containers: [{ resources: { requests: { cpu: '2' } } }] },
    },
    {
      spec: { serverEnvs: [{ name: 'A', value: 'b' }] },
      pod: { containers: [{ env: [expect.objectContaining({ name: 'POD_IP' }), { name: 'A', value: 'b' }] }] },
    },
    {
      spec: { addons: [{ secretRef: 'b' }] },
      pod: {
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'addon-0', secret: { secretName: 'b' } },
        ],
        containers: [
          {
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'tmp', mountPath: '/tmp' },
              { name: 'addon-0', mountPath: '/manifests/b', readOnly: true },
            ],
          },
        ],
      },
    },
    {
      spec: {
        secretMounts: [
          { name: 'of-servers', secretName: 's', mountPath: '/s', subPath: 'key', role: 'server', defaultMode: 256 },
          { name: 'of-agents', secretName: 'a', mountPath: '/a', role: 'agent' },
          { name: 'of-all', secretName: 'b', mountPath: '/b', role: 'all', optional: true },
        ],
      },
      pod: {
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'of-servers', secret: { secretName: 's', defaultMode: 256 } },
          { name: 'of-all', secret: { secretName: 'b', optional: true } },
        ],
        containers: [
          {
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'tmp', mountPath: '/tmp' },
              { name: 'of-servers', mountPath: '/s', readOnly: true, subPath: 'key' },
              { name: 'of-all', mountPath: '/b', readOnly: true },
            ],
          },
        ],
      },
    },
  ])('$spec gives the pod $pod', ({ spec, pod }) => {
    expect(podOf(spec)).toMatchObject(pod);
  });

  test('replaces a security context, and does not add to it', () => {
    expect(podOf({ podSecurityContext: { runAsUser: 7 } })?.securityContext).toEqual({ runAsUser: 7 });
  });

  test('persistence of type ephemeral lies in the pod', () => {
    const { spec } = of({ persistence: { type: 'ephemeral' } });
    expect(spec?.volumeClaimTemplates).toBeUndefined();
    expect(spec?.template.spec?.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });

  test('persistence names the class and the size of the volume', () => {
    const { spec } = of({ persistence: { type: 'dynamic', storageClassName: 'fast', storageRequestSize: '5Gi' } });
    expect(spec?.volumeClaimTemplates?.[0]?.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '5Gi' } },
    });
  });
});

test('Secrets to pull images with, and when to pull, are those of the controller', () => {
  const context = devContext();
  const images = { ...context.images, pullPolicy: 'Always', pullSecrets: ['registry'] } as const;
  const pod = made({ ...context, images }).spec?.template.spec;
  expect(pod?.imagePullSecrets).toEqual([{ name: 'registry' }]);
  expect(pod?.containers[0]?.imagePullPolicy).toBe('Always');
});

it('has a Service that names its pods and, if there are three, a budget, and prefers nodes of their own', () => {
  const kinds = (servers: number) => sharedServer(devContext({ spec: { servers } })).map(({ kind }) => kind);
  expect(kinds(1)).toEqual(['Service', 'StatefulSet']);
  expect(kinds(3)).toEqual(['Service', 'PodDisruptionBudget', 'StatefulSet']);
  expect(podOf({})?.affinity).toBeUndefined();
  const [term] =
    podOf({ servers: 3 })?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  expect(term?.podAffinityTerm).toEqual({
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: labels },
  });
});
