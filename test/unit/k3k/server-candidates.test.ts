import { expect, test } from 'vitest';
import { withServer } from '../../../src/k3k/client/cluster-kubeconfig.ts';
import { serverCandidates } from '../../../src/k3k/client/server-candidates.ts';
import type { Cluster, Expose } from '../../../src/k3k/types.ts';
import type { Node, Service } from '../../../src/kube/types.ts';

const cluster = (expose: Expose | undefined, tlsSANs: string[] = [], endpoint?: string): Cluster => ({
  metadata: { name: 'a', namespace: 'k3k-a' },
  spec: {
    mode: 'shared',
    servers: 1,
    agents: 0,
    persistence: { type: 'dynamic' },
    tlsSANs,
    ...(expose ? { expose } : {}),
  },
  ...(endpoint === undefined ? {} : { status: { endpoint } }),
});
const service = (balancers: { ip?: string; hostname?: string }[] = []): Service => ({
  metadata: { name: 'k3k-a-service' },
  spec: {
    ports: [
      { port: 2379, nodePort: 31_000 },
      { port: 443, nodePort: 30_443 },
    ],
  },
  status: { loadBalancer: { ingress: balancers } },
});
const node = (name: string, isReady: boolean, ...addresses: [type: string, address: string][]): Node => ({
  metadata: { name },
  status: {
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    addresses: addresses.map(([type, address]) => ({ type, address })),
  },
});
const host = 'https://host.example:6443';

test('a node port is looked for at what the status says, at addresses of nodes that are ready, those for outside first, and at the machine of the host', () => {
  const nodes = [
    node('a', false, ['InternalIP', '10.0.0.1']),
    node('b', true, ['InternalIP', '10.0.0.2'], ['Hostname', 'b']),
    node('c', true, ['InternalIP', 'fd00::3'], ['ExternalIP', '192.0.2.3']),
  ];
  const found = serverCandidates({
    cluster: cluster({ nodePort: {} }, [], 'https://10.0.0.2:30443'),
    service: service(),
    nodes,
    host,
  });
  expect(found).toEqual([
    'https://10.0.0.2:30443',
    'https://192.0.2.3:30443',
    'https://[fd00::3]:30443',
    'https://host.example:30443',
  ]);
});

test('a load balancer is looked for at its addresses and names', () => {
  const balanced = service([{ ip: '192.0.2.9' }, { hostname: 'lb.example' }]);
  expect(serverCandidates({ cluster: cluster({ loadBalancer: {} }), service: balanced, nodes: [], host })).toEqual([
    'https://192.0.2.9:443',
    'https://lb.example:443',
  ]);
});

test('an Ingress is looked for at the DNS names of the certificate', () => {
  const exposed = cluster({ ingress: {} }, ['a.example', '192.0.2.1']);
  expect(serverCandidates({ cluster: exposed, service: service(), nodes: [], host })).toEqual(['https://a.example']);
});

test.each([
  ['is not exposed', cluster(undefined, [], 'https://10.96.0.9'), service()],
  ['has no address yet', cluster({ loadBalancer: {} }), service()],
  ['has no Service yet', cluster({ nodePort: {} }), undefined],
])('one that %s is looked for nowhere', (_, found, its) => {
  expect(serverCandidates({ cluster: found, service: its, nodes: [], host })).toEqual([]);
});

test('a kubeconfig gets another server, and stays as it is otherwise', () => {
  const text =
    '# made by k3v\nclusters:\n  - name: a\n    cluster:\n      server: https://old\n      certificate-authority-data: QQ==\nusers: []\n';
  expect(withServer(text, 'https://new:1')).toBe(text.replace('https://old', 'https://new:1'));
});
