import { describe, expect, test } from 'vitest';
import { endpointOf } from '../../../src/k3k/endpoint.ts';
import type { ClusterSpec } from '../../../src/k3k/types.ts';
import type { Service } from '../../../src/kube/types.ts';
import { devContext, devService } from '../../support/k3k-context.ts';

const own = ['k3k-dev-service', 'k3k-dev-service.team', 'k3k-dev-service.team.svc', '10.96.0.7'];
const nodes = ['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'];
const balanced = (...ingress: object[]): Service => ({
  ...devService,
  spec: { ...devService.spec, ports: [{ port: 6444 }] },
  status: { loadBalancer: { ingress } },
});
const at = (spec: Partial<ClusterSpec>, service = devService, nodeAddresses: string[] = nodes) => {
  const context = devContext({ spec, service });
  return endpointOf({ ...context, host: { ...context.host, nodeAddresses } });
};

describe('clients reach the API server', () => {
  test('by the name of the Service, in the host', () => {
    expect(at({})).toEqual({ url: 'https://k3k-dev-service.team.svc:443', sans: own });
  });

  test('on a node, of which the three oldest stand in the certificate', () => {
    const exposed = at({ expose: { nodePort: {} }, tlsSANs: ['dev.example'] });
    expect(exposed).toEqual({ url: 'https://192.0.2.11:30443', sans: [...own, 'dev.example', ...nodes.slice(0, 3)] });
  });

  test('by a name of their own where nodes have no address', () => {
    expect(at({ expose: { nodePort: {} }, tlsSANs: ['dev.example'] }, devService, [])).toMatchObject({
      url: 'https://dev.example:30443',
    });
  });

  test('at a load balancer, by its address or name, on the port of the Service', () => {
    const spec = { expose: { loadBalancer: { serverPort: 6444 } } };
    expect(at(spec, balanced({ ip: '203.0.113.7' }))).toEqual({
      url: 'https://203.0.113.7:6444',
      sans: [...own, '203.0.113.7'],
    });
    expect(at(spec, balanced({ hostname: 'lb.example' }))).toMatchObject({ url: 'https://lb.example:6444' });
    expect(at(spec, balanced({ ip: '2001:db8::7' }))).toMatchObject({ url: 'https://[2001:db8::7]:6444' });
  });

  test('at the first host of the Ingress', () => {
    expect(at({ expose: { ingress: {} }, tlsSANs: ['192.0.2.1', 'dev.example'] })).toEqual({
      url: 'https://dev.example:443',
      sans: [...own, '192.0.2.1', 'dev.example'],
    });
  });
});

describe('nobody knows where, before there is', () => {
  test.each<[what: string, spec: Partial<ClusterSpec>, service: Service, addresses: string[]]>([
    ['the Service k3k-dev-service has no address yet', {}, { metadata: devService.metadata }, nodes],
    [
      'the Service k3k-dev-service has no address from a load balancer yet',
      { expose: { loadBalancer: {} } },
      devService,
      nodes,
    ],
    [
      'the Service k3k-dev-service has no node port yet',
      { expose: { nodePort: {} } },
      { ...devService, spec: { clusterIPs: ['10.96.0.7'], ports: [{ port: 443 }] } },
      nodes,
    ],
    ['the host has no node with an address', { expose: { nodePort: {} } }, devService, []],
  ])('%s', (waitsFor, spec, service, addresses) => {
    expect(at(spec, service, addresses)).toEqual({ waitsFor });
  });
});
