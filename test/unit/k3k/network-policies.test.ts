import { describe, expect, it } from 'vitest';
import type { ClusterContext } from '../../../src/k3k/cluster-context.ts';
import { networkCondition } from '../../../src/k3k/network-condition.ts';
import { networkPolicies } from '../../../src/k3k/objects/network-policies.ts';
import { podCidrs } from '../../../src/k3k/pod-cidrs.ts';
import type { Cluster, ClusterSpec, Mode, VirtualClusterPolicy } from '../../../src/k3k/types.ts';
import type { NetworkPolicy, Node } from '../../../src/kube/types.ts';
import { type End, isAllowed } from '../../support/allowed-by-policies.ts';

const ranges = ['10.244.0.0/24', '10.244.1.0/24', 'fd00:10:244::/64'];

function contextOf(
  name: string,
  { namespace = 'teams', mode = 'shared' as Mode, podCidrs: known = ranges, disableNetworkPolicy = false } = {},
): ClusterContext {
  const spec: ClusterSpec = { mode, servers: 1, agents: 0, persistence: { type: 'ephemeral' } };
  const cluster: Cluster = {
    apiVersion: 'k3k.io/v1beta1',
    kind: 'Cluster',
    metadata: { name, namespace, uid: `uid-${name}` },
    spec,
  };
  const policy: VirtualClusterPolicy = {
    metadata: { name: 'open' },
    spec: { allowedMode: mode, disableNetworkPolicy },
  };
  return {
    cluster,
    spec,
    policy,
    images: { k3v: 'k3v', k3s: 'k3s', etcd: 'etcd', pullPolicy: undefined, pullSecrets: [] },
    host: { version: 'v1.36.0', serviceCidr: undefined, podCidrs: known, nodeAddresses: [] },
    service: undefined,
    token: undefined,
    secrets: new Map(),
  };
}

const policiesOf = (...contexts: ClusterContext[]) =>
  contexts.flatMap((context) => networkPolicies(context) as NetworkPolicy[]);
const server = (cluster: string, ip = '10.244.0.10', namespace = 'teams'): End => ({
  ip,
  namespace,
  labels: { 'k3k.io/cluster': cluster },
});
const workload = (cluster: string, ip = '10.244.1.10', namespace = 'teams'): End => ({
  ip,
  namespace,
  labels: { 'k3v.io/cluster': cluster, 'v.k3v.io/app': 'web' },
});
const internet: End = { ip: '203.0.113.7' };
const node: End = { ip: '192.168.1.4' };
const ingressController: End = { ip: '10.244.0.20', namespace: 'ingress', labels: { app: 'nginx' } };
const hostDns: End = { ip: '10.244.0.3', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };

describe('two clusters in one namespace, and one of the same name elsewhere', () => {
  const policies = policiesOf(contextOf('a'), contextOf('b'), contextOf('a', { namespace: 'others' }));
  it.each<[string, End, End, number, boolean]>([
    ['a pod reaches a pod of its cluster', workload('a'), workload('a', '10.244.0.77'), 80, true],
    ['a pod reaches its API server', workload('a'), server('a'), 6443, true],
    ['a pod reaches nothing else of its servers', workload('a'), server('a'), 2379, false],
    ['a server reaches pods: webhooks', server('a'), workload('a'), 8443, true],
    ['servers reach each other: etcd', server('a'), server('a', '10.244.1.11'), 2380, true],
    ['a pod reaches no pod of another cluster', workload('a'), workload('b'), 80, false],
    ['a pod reaches no API server of another cluster', workload('a'), server('b'), 6443, false],
    ['a server reaches no pod of another cluster', server('a'), workload('b'), 80, false],
    ['a pod reaches none of a namesake', workload('a'), workload('a', '10.244.0.5', 'others'), 80, false],
    ['a pod reaches the internet', workload('a'), internet, 443, true],
    ['a pod reaches it by IPv6', { ...workload('a'), ip: 'fd00:10:244::7' }, { ip: '2001:db8::1' }, 443, true],
    ['a pod reaches no other pod of the host', workload('a'), ingressController, 80, false],
    ['a server reaches the API server of the host', server('a'), node, 6443, true],
    ['an ingress controller reaches pods', ingressController, workload('a'), 80, true],
    ['clients outside reach what a pod exposes', internet, workload('a'), 80, true],
    ['so they do by a node port of another node with an overlay', { ip: '10.244.0.0' }, workload('a'), 80, true],
    ['clients outside reach the API server', internet, server('a'), 6443, true],
    ['clients outside reach nothing else of a server', internet, server('a'), 2379, false],
  ])('%s', (_, from, to, port, expected) => {
    expect(isAllowed(policies, from, to, port)).toBe(expected);
  });

  it('the DNS of the host is reached, by its port only', () => {
    expect(isAllowed(policies, workload('a'), hostDns, 53, 'UDP')).toBe(true);
    expect(isAllowed(policies, workload('a'), hostDns, 9153)).toBe(false);
  });

  it("what a tenant's own policy opens leads into no other cluster", () => {
    const open: NetworkPolicy = {
      metadata: { name: 'synced', namespace: 'teams' },
      spec: { podSelector: { matchLabels: { 'k3v.io/cluster': 'a' } }, policyTypes: ['Egress'], egress: [{}] },
    };
    expect(isAllowed([...policies, open], workload('a'), workload('b'), 80)).toBe(false);
  });

  it('each policy goes with its Cluster', () => {
    for (const { metadata } of policies) {
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'Cluster', controller: true }]);
      expect(metadata.ownerReferences?.[0]?.name).toBe(metadata.labels?.['k3k.io/cluster']);
    }
  });
});

describe('a host whose pod ranges are not known', () => {
  const context = contextOf('a', { podCidrs: [] });
  const policies = policiesOf(context, contextOf('b', { podCidrs: [] }));

  it('keeps clusters apart by their labels, and says what it cannot', () => {
    expect(isAllowed(policies, workload('a'), workload('b'), 80)).toBe(false);
    expect(isAllowed(policies, workload('a'), workload('a'), 80)).toBe(true);
    expect(isAllowed(policies, internet, server('a'), 6443)).toBe(true);
    expect(isAllowed(policies, internet, workload('a'), 80)).toBe(false);
    expect(networkCondition(context)).toMatchObject({ status: 'False', reason: 'PodRangesUnknown' });
  });
});

it('a cluster in mode virtual has one policy, for servers and agents', () => {
  const policies = policiesOf(contextOf('v', { mode: 'virtual' }));
  expect(policies.map(({ metadata }) => metadata.name)).toEqual(['k3k-v-servers']);
  expect(isAllowed(policies, server('v'), server('v', '10.244.1.3'), 8472, 'UDP')).toBe(true);
  expect(isAllowed(policies, server('v'), workload('a'), 80)).toBe(false);
});

it('a policy leaves them out with disableNetworkPolicy, and the status says so', () => {
  const context = contextOf('a', { disableNetworkPolicy: true });
  expect(networkPolicies(context)).toEqual([]);
  expect(networkCondition(context)).toMatchObject({ status: 'False', reason: 'DisabledByPolicy' });
  expect(networkCondition(contextOf('a'))).toMatchObject({ status: 'True', reason: 'NetworkPolicies' });
});

describe('the pod ranges of a host', () => {
  const nodeWith = (name: string, podCIDRs?: string[]): Node => ({ metadata: { name }, spec: { podCIDRs } });
  const nodes = [nodeWith('two', ['10.244.1.0/24']), nodeWith('one', ['10.244.0.0/24', 'fd00::/64'])];

  it('are those of its nodes, in an order that stays', () => {
    expect(podCidrs({ given: [], nodes, podIps: ['10.244.1.9', 'fd00::7'] })).toEqual([
      '10.244.0.0/24',
      '10.244.1.0/24',
      'fd00::/64',
    ]);
  });

  it('are not known if a node says none, or a pod has another address', () => {
    expect(podCidrs({ given: [], nodes: [...nodes, nodeWith('three')], podIps: [] })).toEqual([]);
    expect(podCidrs({ given: [], nodes, podIps: ['192.168.9.9'] })).toEqual([]);
    expect(podCidrs({ given: [], nodes: [], podIps: ['10.244.0.1'] })).toEqual([]);
  });

  it('are those given besides, whatever pods have', () => {
    expect(podCidrs({ given: ['192.168.0.0/16'], nodes: [...nodes, nodeWith('three')], podIps: ['10.0.0.1'] })).toEqual(
      ['10.244.0.0/24', '10.244.1.0/24', '192.168.0.0/16', 'fd00::/64'],
    );
  });
});
