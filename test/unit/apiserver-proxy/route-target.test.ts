import { describe, expect, it } from 'vitest';
import type { ClusterView, PodPair, ServiceAddress } from '../../../src/apiserver-proxy/cluster-view.ts';
import { parseConnectTarget } from '../../../src/apiserver-proxy/connect-target.ts';
import { routeTarget } from '../../../src/apiserver-proxy/route-target.ts';
import type { Node, Pod, Service } from '../../../src/kube/types.ts';

function pair(name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): PodPair {
  const pod = { metadata: { name, namespace: 'shop' }, spec: { containers: [], ...spec } };
  return { virtual: pod, host: pod };
}

function service(name: string, spec: Service['spec']): Service {
  return { metadata: { name, namespace: 'shop' }, spec };
}

const web = pair('web');
const onNode = pair('on-node', { hostNetwork: true, containers: [{ name: 'c', ports: [{ containerPort: 9443 }] }] });
const node: Node = { metadata: { name: 'n1' } };
const otherNode: Node = {
  metadata: { name: 'n2' },
  status: { daemonEndpoints: { kubeletEndpoint: { Port: 10_247 } } },
};
const https = { ports: [{ name: 'https', port: 443, targetPort: 'https' }] };
const services: Record<string, { service: Service; addresses: ServiceAddress[] }> = {
  'shop/web': {
    service: service('web', https),
    addresses: [{ ip: '10.1.0.7', ports: [{ name: 'https', port: 8443 }] }],
  },
  'shop/mixed': {
    service: service('mixed', https),
    addresses: ['10.0.0.1', '127.0.0.1', '169.254.169.254', '10.1.0.99', '10.1.0.7', '192.168.0.1'].map((ip) => ({
      ip,
      ports: [{ name: 'https', port: 8443 }],
    })),
  },
  'shop/stolen': {
    service: service('stolen', https),
    addresses: ['10.0.0.1', '127.0.0.1', '169.254.169.254', '10.1.0.99', '::ffff:10.1.0.99', '192.168.0.1'].map(
      (ip) => ({ ip, ports: [{ name: 'https', port: 10_250 }] }),
    ),
  },
  'shop/outside': { service: service('outside', { type: 'ExternalName', externalName: '10.0.0.1' }), addresses: [] },
};
const serviceIps: Record<string, string> = {
  '10.96.0.9': 'shop/web',
  '10.96.0.10': 'shop/stolen',
  '10.96.0.11': 'shop/mixed',
};
const view: ClusterView = {
  nodeAt: (host) => ({ n1: node, '192.168.0.1': node, n2: otherNode, '192.168.0.2': otherNode })[host],
  pod: () => undefined,
  podsOnNode: () => [],
  pods: () => [],
  nodes: () => [],
  podAt: (ip) => ({ '10.1.0.7': web, 'fd00::7': web })[ip],
  hostNetworkPodsAt: (ip) => (ip === '192.168.0.1' ? [onNode] : []),
  serviceAt: (ip) => services[serviceIps[ip] ?? '']?.service,
  service: (namespace, name) => services[`${namespace}/${name}`]?.service,
  endpointsOf: (namespace, name) => services[`${namespace}/${name}`]?.addresses ?? [],
};

function route(authority: string) {
  const target = parseConnectTarget(authority);
  return target ? routeTarget(target, view, { clusterDomain: 'cluster.local', random: () => 0.5 }) : undefined;
}

describe('routeTarget', () => {
  it.each([
    ['the name of a node', 'n1:10250', node],
    ['the address of a node', '192.168.0.1:10250', node],
    ['the port that a node names', '192.168.0.2:10247', otherNode],
  ])('takes %s with the port of its kubelet for the kubelet', (_, authority, found) => {
    expect(route(authority)).toEqual({ to: 'kubelet', node: found });
  });

  it.each([
    ['the address of a pod', '10.1.0.7:8080', '10.1.0.7', 8080],
    ['another form of its IPv6 address', '[fd00:0::0:7]:8080', 'fd00::7', 8080],
    ['the address of a Service', '10.96.0.9:443', '10.1.0.7', 8443],
    ['the name of a Service', 'web.shop.svc:443', '10.1.0.7', 8443],
    ['the full name of a Service', 'web.shop.svc.cluster.local:443', '10.1.0.7', 8443],
    ['a Service that has foreign addresses too', 'mixed.shop.svc:443', '10.1.0.7', 8443],
    ['its address', '10.96.0.11:443', '10.1.0.7', 8443],
  ])('takes %s to a pod', (_, authority, ip, port) => {
    expect(route(authority)).toEqual({ to: 'pod', pod: web, ip, port });
  });

  it('takes a port that a pod in the network of a node declares to that pod', () => {
    expect(route('192.168.0.1:9443')).toEqual({ to: 'pod', pod: onNode, ip: '192.168.0.1', port: 9443 });
  });

  it('takes the address of its own metrics for them', () => {
    expect(route('192.0.0.8:443')).toEqual({ to: 'metrics' });
  });

  it.each([
    ['another port of its own metrics', '192.0.0.8:10250'],
    ['its own metrics as IPv4-mapped IPv6', '[::ffff:192.0.0.8]:443'],
    ['its own metrics by name', 'k3v-metrics.kube-system.svc:443'],
    ['the API server of the host', '10.0.0.1:6443'],
    ['the Service of the host API server', '10.96.0.1:443'],
    ['the name of the host API server', 'kubernetes.default.svc:443'],
    ["another tenant's pod", '10.1.0.99:8080'],
    ["another tenant's pod as IPv4-mapped IPv6", '[::ffff:10.1.0.99]:8080'],
    ['a pod of ours as IPv4-mapped IPv6', '[::ffff:10.1.0.7]:8080'],
    ['the metadata address', '169.254.169.254:80'],
    ['the metadata address as IPv4-mapped IPv6', '[::ffff:169.254.169.254]:80'],
    ['the metadata address of IPv6', '[fd00:ec2::254]:80'],
    ['another link-local address', '[fe80::1]:80'],
    ['the loopback', '127.0.0.1:7443'],
    ['another address of the loopback', '127.8.8.8:7443'],
    ['the loopback of IPv6', '[::1]:7443'],
    ['the loopback as IPv4-mapped IPv6', '[::ffff:127.0.0.1]:7443'],
    ['the loopback as IPv4-compatible IPv6', '[::127.0.0.1]:7443'],
    ['the loopback behind NAT64', '[64:ff9b::7f00:1]:7443'],
    ['the loopback by name', 'localhost:7443'],
    ['the unspecified address', '0.0.0.0:7443'],
    ['the unspecified address of IPv6', '[::]:7443'],
    ['a multicast address', '224.0.0.1:80'],
    ['a multicast address of IPv6', '[ff02::1]:80'],
    ['the broadcast address', '255.255.255.255:80'],
    ['a name outside', 'metadata.google.internal:80'],
    ['a name that resolves to the loopback', '127.0.0.1.nip.io:80'],
    ['a Service of another cluster domain', 'web.shop.svc.evil.example:443'],
    ['a Service without its namespace', 'web.svc:443'],
    ['a pod by DNS name', '10-1-0-7.shop.pod.cluster.local:443'],
    ['a Service of which every address is foreign', 'stolen.shop.svc:443'],
    ['its address', '10.96.0.10:443'],
    ['a Service that is a name outside', 'outside.shop.svc:443'],
    ['a port that the Service does not have', 'web.shop.svc:22'],
    ['another port of a node', '192.168.0.1:22'],
    ['another port of a node by name', 'n1:22'],
    ['the usual kubelet port of a node with another', '192.168.0.2:10250'],
    ['a node that is not there', 'n9:10250'],
  ])('refuses %s', (_, authority) => {
    expect(route(authority)).toEqual({ to: 'refused', reason: expect.any(String) });
  });

  it('says what a refused address is', () => {
    expect(route('[::ffff:127.0.0.1]:80')).toEqual({
      to: 'refused',
      reason: '::ffff:127.0.0.1 is a loopback address',
    });
    expect(route('n1:22')).toEqual({
      to: 'refused',
      reason: 'of the node n1 only the kubelet can be reached, not port 22',
    });
    expect(route('10.0.0.1:6443')).toEqual({
      to: 'refused',
      reason: '10.0.0.1 is not the address of a pod, a Service or a node of this virtual cluster',
    });
  });
});
