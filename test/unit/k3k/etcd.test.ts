import { describe, expect, it } from 'vitest';
import type { StatefulSet } from '../../../src/kube/types.ts';
import { etcdKeys } from '../../../src/k3k/etcd-keys.ts';
import { etcdObjects, etcdOfServers } from '../../../src/k3k/objects/etcd.ts';
import { contextOf } from '../../support/cluster-context.ts';

const labels = { 'k3k.io/cluster': 'one', cluster: 'one', role: 'etcd', type: 'shared' };
const host = (index: number) => `k3k-one-etcd-${index}.k3k-one-etcd.team.svc`;
const statefulSet = (...given: Parameters<typeof contextOf>) =>
  etcdObjects(contextOf(...given)).find(({ kind }) => kind === 'StatefulSet') as StatefulSet;
const podOf = (set: StatefulSet) => set.spec?.template.spec;
const container = (set: StatefulSet) => podOf(set)?.containers[0];

describe('the database of several servers', () => {
  it('is not there for one server', () => {
    expect(etcdObjects(contextOf())).toEqual([]);
    expect(etcdOfServers(contextOf())).toBeUndefined();
  });

  it('has three members that start side by side, of which one at most is taken away at a time', () => {
    const [service, budget, set] = etcdObjects(contextOf({ servers: 3 }));
    expect(service).toMatchObject({
      metadata: { name: 'k3k-one-etcd', namespace: 'team', labels: { 'k3k.io/cluster': 'one' } },
      spec: { clusterIP: 'None', selector: labels, publishNotReadyAddresses: true },
    });
    expect(budget).toMatchObject({ kind: 'PodDisruptionBudget', spec: { maxUnavailable: 1 } });
    expect(set).toMatchObject({
      spec: {
        replicas: 3,
        serviceName: 'k3k-one-etcd',
        podManagementPolicy: 'Parallel',
        template: { metadata: { labels } },
        volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '2G' } } } }],
      },
    });
  });

  it('knows its members by names that stay, and fills no volume to its end', () => {
    const { args } = container(statefulSet({ servers: 3 })) ?? {};
    const members = [0, 1, 2].map((index) => `k3k-one-etcd-${index}=https://${host(index)}:2380`).join(',');
    expect(args).toContain(`--initial-cluster=${members}`);
    expect(args).toContain('--initial-advertise-peer-urls=https://$(POD_NAME).k3k-one-etcd.team.svc:2380');
    expect(args).toContain('--initial-cluster-token=u-1');
    expect(args).toContain('--quota-backend-bytes=1200000000');
    expect(args).toContain('--listen-client-urls=https://0.0.0.0:2379');
  });

  it('listens on IPv6, too, where the host has it', () => {
    const hostFacts = { ...contextOf().host, serviceCidr: '10.96.0.0/12,fd00::/108' };
    const { args } = container(statefulSet({ servers: 3 }, { host: hostFacts })) ?? {};
    expect(args).toContain('--listen-peer-urls=https://[::]:2380');
  });

  it('keeps the Pod Security Standard restricted, and has no key of an authority', () => {
    const set = statefulSet({ servers: 3 });
    expect(podOf(set)).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532 },
    });
    expect(container(set)?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const files = podOf(set)?.volumes?.[0]?.secret?.items?.map(({ key }) => key);
    expect(files).toContain('peer-ca.crt');
    expect(files).not.toContain('ca.key');
  });

  it('runs where and as the Cluster says of its servers', () => {
    const spec = {
      servers: 3,
      nodeSelector: { disk: 'ssd' },
      priorityClass: 'high',
      runtimeClassName: 'gvisor',
      hostUsers: false,
      serverLimit: { cpu: '1' },
      podSecurityContext: { runAsUser: 1000 },
      securityContext: { privileged: false },
    };
    const images = { ...contextOf().images, pullPolicy: 'Never' as const, pullSecrets: ['registry'] };
    const set = statefulSet(spec, { images });
    expect(podOf(set)).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      priorityClassName: 'high',
      runtimeClassName: 'gvisor',
      hostUsers: false,
      imagePullSecrets: [{ name: 'registry' }],
      securityContext: { runAsUser: 1000 },
    });
    expect(container(set)).toMatchObject({
      image: 'registry.example/etcd:1',
      imagePullPolicy: 'Never',
      resources: { limits: { cpu: '1' } },
      securityContext: { privileged: false },
    });
  });

  it('has its keys as an object of its own as soon as they are made, and shows servers only what they need', async () => {
    const context = contextOf({ servers: 3 });
    const keys = await etcdKeys(context);
    const found = keys && { ...keys, metadata: { ...keys.metadata, resourceVersion: '7', uid: 'u-2' } };
    expect(etcdObjects({ ...context, etcdKeys: found })[0]).toEqual(keys);
    expect(etcdOfServers(context)).toEqual({
      endpoint: [0, 1, 2].map((index) => `https://${host(index)}:2379`).join(','),
      caFile: '/etc/k3k/etcd/ca.crt',
      certFile: '/etc/k3k/etcd/client.crt',
      keyFile: '/etc/k3k/etcd/client.key',
      volumes: [
        {
          name: 'etcd-keys',
          secret: {
            secretName: 'k3k-one-etcd-keys',
            items: ['ca.crt', 'client.crt', 'client.key'].map((key) => ({ key, path: key })),
          },
        },
      ],
      volumeMounts: [{ name: 'etcd-keys', mountPath: '/etc/k3k/etcd', readOnly: true }],
    });
  });
});
