import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Deployment, KubeObject, Secret, StatefulSet } from '../../../src/kube/types.ts';
import type { ClusterContext } from '../../../src/k3k/cluster-context.ts';
import { virtualAgents } from '../../../src/k3k/objects/virtual-agents.ts';
import { virtualServers } from '../../../src/k3k/objects/virtual-servers.ts';
import { secretOfTexts, textIn } from '../../../src/k3k/secret-texts.ts';
import type { ClusterSpec } from '../../../src/k3k/types.ts';
import { contextOf } from '../../support/cluster-context.ts';

const { cluster } = contextOf();
const ready = {
  token: secretOfTexts(cluster, 'k3k-one-token', { token: 'secret' }),
  authorities: secretOfTexts(cluster, 'k3k-one-ca', { 'server-ca.crt': 'pem' }),
  service: {
    metadata: { name: 'k3k-one-service' },
    spec: { clusterIPs: ['10.96.1.2'], ports: [{ port: 443, targetPort: 6443 }] },
  },
};
const virtual = (spec: Partial<ClusterSpec> = {}, more: Partial<ClusterContext> = {}) =>
  contextOf({ mode: 'virtual', ...spec }, { ...ready, ...more });
const kindOf = (objects: KubeObject[], kind: string) => objects.find((each) => each.kind === kind);
const setOf = (context: ClusterContext) => kindOf(virtualServers(context), 'StatefulSet') as StatefulSet;
const k3sOf = (object: StatefulSet | Deployment) => object.spec?.template.spec?.containers[0];
const configOf = (objects: KubeObject[], name: string) =>
  parse(textIn(objects.find(({ metadata }) => metadata.name === name) as Secret, 'config.yaml') ?? '') as unknown;

describe('a cluster in mode virtual', () => {
  it('is, field by field, what the fixture says', async () => {
    const text = await readFile(join(import.meta.dirname, '../../fixtures/virtual-cluster.yaml'), 'utf8');
    const wanted = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
    const context = virtual({ agents: 2, addons: [{ secretRef: 'app' }] });
    const made = [...virtualServers(context), ...virtualAgents(context)];
    expect(JSON.parse(JSON.stringify(made))).toEqual(wanted);
  });

  it('has nothing yet without an address, a token or authorities, and in mode shared at all', () => {
    for (const missing of [{ service: undefined }, { token: undefined }, { authorities: undefined }]) {
      expect(virtualServers(virtual({}, missing))).toEqual([]);
    }
    expect(virtualAgents(virtual({ agents: 1 }, { token: undefined }))).toEqual([]);
    expect(virtualAgents(virtual({ agents: 0 }))).toEqual([]);
    expect([...virtualServers(contextOf({}, ready)), ...virtualAgents(contextOf({ agents: 1 }, ready))]).toEqual([]);
  });

  it('gives k3s the ranges, names and token of the Cluster, and starts it anew when they change', () => {
    const context = virtual({
      clusterCIDR: '10.60.0.0/16',
      serviceCIDR: '10.61.0.0/16',
      clusterDNS: '10.61.0.10',
      tlsSANs: ['one.example'],
    });
    expect(configOf(virtualServers(context), 'k3k-one-server-config')).toEqual({
      token: 'secret',
      'tls-san': ['k3k-one-service', 'k3k-one-service.team', 'k3k-one-service.team.svc', '10.96.1.2', 'one.example'],
      'cluster-cidr': '10.60.0.0/16',
      'service-cidr': '10.61.0.0/16',
      'cluster-dns': '10.61.0.10',
    });
    const hashOf = (given: ClusterContext) => setOf(given).spec?.template.metadata?.annotations?.['k3k.io/config-hash'];
    expect(hashOf(context)).toBe(hashOf(context));
    expect(hashOf(context)).not.toBe(hashOf(virtual()));
  });

  it('has three servers share an etcd, none of which depends on another one, and lets one of them at most be taken away', () => {
    const objects = virtualServers(virtual({ servers: 3 }));
    const hosts = [0, 1, 2].map((index) => `https://k3k-one-etcd-${index}.k3k-one-etcd.team.svc:2379`);
    expect(configOf(objects, 'k3k-one-server-config')).toMatchObject({
      'datastore-endpoint': hosts.join(','),
      'datastore-cafile': '/etc/k3k/etcd/ca.crt',
      'datastore-certfile': '/etc/k3k/etcd/client.crt',
      'datastore-keyfile': '/etc/k3k/etcd/client.key',
    });
    expect(kindOf(objects, 'PodDisruptionBudget')).toMatchObject({ spec: { maxUnavailable: 1 } });
    expect(k3sOf(setOf(virtual({ servers: 3 })))?.volumeMounts).toContainEqual({
      name: 'etcd-keys',
      mountPath: '/etc/k3k/etcd',
      readOnly: true,
    });
  });

  it('hands arguments to k3s itself, not to a shell, and takes the form that K3K has for a flag and its value', () => {
    const given = ['--disable=traefik', '--node-label a=b; rm -rf /', '$(reboot)'];
    const set = setOf(virtual({ serverArgs: given }));
    expect(k3sOf(set)?.command).toEqual(['/bin/k3s', 'server']);
    expect(k3sOf(set)?.args).toEqual(['--disable=traefik', '--node-label', 'a=b; rm -rf /', '$(reboot)']);
    const agents = kindOf(virtualAgents(virtual({ agents: 1, agentArgs: ['--debug'] })), 'Deployment') as Deployment;
    expect(k3sOf(agents)).toMatchObject({ command: ['/bin/k3s', 'agent'], args: ['--debug'] });
  });

  it('stays privileged when its security context is about something else', () => {
    const contextWith = (securityContext: object) => k3sOf(setOf(virtual({ securityContext })))?.securityContext;
    expect(contextWith({ runAsUser: 0 })).toEqual({ privileged: true, runAsUser: 0 });
    expect(contextWith({ privileged: false })).toEqual({ privileged: false });
  });

  it('runs where and as the Cluster says, servers and agents each as is theirs', () => {
    const affinityOf = (key: string) => ({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: key }] },
    });
    const mount = (role: 'server' | 'agent' | 'all') => ({
      secretName: role,
      name: `of-${role}`,
      mountPath: `/etc/${role}`,
      role,
    });
    const context = virtual({
      agents: 1,
      version: 'v1.35.1+k3s2',
      nodeSelector: { disk: 'ssd' },
      priorityClass: 'high',
      runtimeClassName: 'kata',
      hostUsers: false,
      podSecurityContext: { fsGroup: 1 },
      serverAffinity: affinityOf('server'),
      agentAffinity: affinityOf('agent'),
      serverLimit: { cpu: '1' },
      workerLimit: { cpu: '2' },
      workerResources: { requests: { memory: '1Gi' } },
      serverEnvs: [{ name: 'A', value: 'server' }],
      agentEnvs: [{ name: 'A', value: 'agent' }],
      secretMounts: [mount('server'), mount('agent'), mount('all')],
      persistence: { type: 'ephemeral' },
    });
    const common = {
      nodeSelector: { disk: 'ssd' },
      priorityClassName: 'high',
      runtimeClassName: 'kata',
      hostUsers: false,
      securityContext: { fsGroup: 1 },
    };
    const set = setOf(context);
    expect(set.spec?.volumeClaimTemplates).toBeUndefined();
    expect(set.spec?.template.spec).toMatchObject({ ...common, affinity: affinityOf('server') });
    expect(set.spec?.template.spec?.volumes).toContainEqual({ name: 'data', emptyDir: {} });
    expect(k3sOf(set)).toMatchObject({
      image: 'registry.example/k3s:v1.35.1-k3s2',
      env: [{ name: 'A', value: 'server' }],
      resources: { limits: { cpu: '1' } },
    });
    const mounted = (object: StatefulSet | Deployment) =>
      k3sOf(object)?.volumeMounts?.flatMap(({ name }) => (name.startsWith('of-') ? [name] : []));
    expect(mounted(set)).toEqual(['of-server', 'of-all']);
    const agents = kindOf(virtualAgents(context), 'Deployment') as Deployment;
    expect(agents.spec?.template.spec).toMatchObject({ ...common, affinity: affinityOf('agent') });
    expect(k3sOf(agents)).toMatchObject({
      env: [{ name: 'A', value: 'agent' }],
      resources: { requests: { memory: '1Gi' } },
    });
    expect(mounted(agents)).toEqual(['of-agent', 'of-all']);
  });
});
