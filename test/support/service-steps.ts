import type { Service } from '../../src/kube/types.ts';

type Spec = NonNullable<Service['spec']>;
/** A merge patch: null removes. */
type Patch = { [F in keyof Spec]?: Spec[F] | null };

const http = { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' };

/** What a Service begins as. */
export const firstSpec: Spec = { selector: { app: 'web' }, ports: [http] };

/**
 * What a tenant may do to one Service, one after the other, so that every type follows every other and every field is set, changed and removed.
 * `nodePort` is one that nobody has.
 */
export function serviceSteps(nodePort: number): [title: string, patch: Patch][] {
  return [
    ['becomes NodePort', { type: 'NodePort' }],
    ['asks for a node port', { ports: [{ ...http, nodePort }] }],
    ['becomes LoadBalancer', { type: 'LoadBalancer' }],
    ['keeps traffic on the node', { externalTrafficPolicy: 'Local' }],
    ['lets it go to others again', { externalTrafficPolicy: 'Cluster' }],
    ['names who may come', { loadBalancerSourceRanges: ['192.0.2.0/24'] }],
    ['lets all come again', { loadBalancerSourceRanges: null }],
    ['asks for an address of the load balancer', { loadBalancerIP: '192.0.2.7' }],
    ['does without node ports', { allocateLoadBalancerNodePorts: false, ports: [http] }],
    ['takes them again', { allocateLoadBalancerNodePorts: true }],
    ['becomes ClusterIP', { type: 'ClusterIP', loadBalancerIP: null }],
    ['becomes LoadBalancer of a class', { type: 'LoadBalancer', loadBalancerClass: 'example.com/x' }],
    ['becomes NodePort from there', { type: 'NodePort' }],
    ['becomes ClusterIP from there', { type: 'ClusterIP' }],
    [
      'binds clients to pods',
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
    ],
    ['binds them for longer', { sessionAffinityConfig: { clientIP: { timeoutSeconds: 50 } } }],
    ['binds them no more', { sessionAffinity: 'None', sessionAffinityConfig: null }],
    ['shows pods that are not ready', { publishNotReadyAddresses: true }],
    ['hides them again', { publishNotReadyAddresses: null }],
    [
      'adds ports of other protocols with the same number',
      { ports: [http, { name: 'dns', port: 80, protocol: 'UDP' }, { name: 'sctp', port: 80, protocol: 'SCTP' }] },
    ],
    [
      'renames a port, leads it to a named one, says what is spoken there',
      { ports: [{ name: 'web', port: 80, targetPort: 'web', appProtocol: 'kubernetes.io/h2c' }] },
    ],
    ['moves the port', { ports: [{ ...http, port: 81 }] }],
    ['selects other pods', { selector: { app: 'web', track: 'new' } }],
    ['selects fewer labels', { selector: { app: null } as unknown as Record<string, string> }],
    ['selects no pods', { selector: null }],
    ['selects pods again', { selector: { app: 'web' } }],
    ['stays on the node inside, too', { internalTrafficPolicy: 'Local' }],
    ['leaves it again', { internalTrafficPolicy: 'Cluster' }],
    ['prefers what is near', { trafficDistribution: 'PreferSameZone' }],
    ['prefers nothing', { trafficDistribution: null }],
    ['takes an address of the other family, too', { ipFamilyPolicy: 'RequireDualStack' }],
    ['gives it back', { ipFamilyPolicy: 'SingleStack' }],
    ['becomes a name', { type: 'ExternalName', externalName: 'a.example' }],
    ['becomes another name', { externalName: 'b.example' }],
    ['becomes NodePort from a name', { type: 'NodePort', externalName: null }],
    ['becomes a name again', { type: 'ExternalName', externalName: 'c.example' }],
    ['becomes LoadBalancer from a name', { type: 'LoadBalancer', externalName: null }],
    ['becomes a name from there', { type: 'ExternalName', externalName: 'd.example' }],
    ['becomes ClusterIP from a name', { type: 'ClusterIP', externalName: null }],
    ['becomes a name a last time', { type: 'ExternalName', externalName: 'e.example' }],
    ['becomes headless', { type: 'ClusterIP', externalName: null, clusterIP: 'None' }],
    ['publishes all pods of a StatefulSet', { publishNotReadyAddresses: true }],
  ];
}

/** Returns `spec` without what any two Services of one cluster differ in: addresses and ports that the cluster gave. */
export function comparableSpec({ spec }: Service): unknown {
  const address = (ip: string) => (ip === 'None' ? ip : ip.includes(':') ? 'IPv6 address' : 'IPv4 address');
  const { clusterIP, clusterIPs, healthCheckNodePort, ports, ...rest } = spec ?? {};
  return {
    ...rest,
    clusterIP: clusterIP && address(clusterIP),
    clusterIPs: clusterIPs?.map(address),
    healthCheckNodePort: healthCheckNodePort && 'port',
    ports: ports?.map((port) => ({ ...port, nodePort: port.nodePort && 'port' })),
  };
}
