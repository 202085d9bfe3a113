import { mergePatchOf } from '../../kube/merge-patch.ts';
import type { Service } from '../../kube/types.ts';

type ServiceSpec = NonNullable<Service['spec']>;
type ServicePort = NonNullable<ServiceSpec['ports']>[number];

/**
 * Who decides about each field of a host Service once it exists. `tenant`: it is what the virtual Service says, and goes when it goes there.
 * `asked`: it is what the virtual Service says, and stays as the host has it where that says nothing. `once`: it can be asked for while the host
 * has none.
 */
const deciders = {
  allocateLoadBalancerNodePorts: 'tenant',
  clusterIP: 'once',
  clusterIPs: 'once',
  externalIPs: 'host',
  externalName: 'tenant',
  externalTrafficPolicy: 'tenant',
  healthCheckNodePort: 'once',
  internalTrafficPolicy: 'tenant',
  ipFamilies: 'asked',
  ipFamilyPolicy: 'asked',
  loadBalancerClass: 'once',
  // Some load balancers write the address they gave here.
  loadBalancerIP: 'asked',
  loadBalancerSourceRanges: 'tenant',
  ports: 'tenant',
  publishNotReadyAddresses: 'tenant',
  selector: 'tenant',
  sessionAffinity: 'tenant',
  sessionAffinityConfig: 'tenant',
  trafficDistribution: 'tenant',
  type: 'tenant',
} as const satisfies Record<keyof ServiceSpec, 'tenant' | 'asked' | 'once' | 'host'>;

/** Returns the strategic merge patch that makes `host` what `desired` asks for, or undefined if it is. */
export function servicePatch(desired: Service, host: Service): object | undefined {
  const wanted: ServiceSpec = { ...desired.spec, ports: portsFor(desired.spec, host.spec) };
  const live = host.spec ?? {};
  const compared = Object.entries(deciders).flatMap(([field, decider]) => {
    const isAsked = Reflect.get(wanted, field) !== undefined && !isNameOnly(wanted);
    const isOpen = decider === 'asked' || (decider === 'once' && openFields(wanted, live).includes(field));
    return decider === 'tenant' || (isAsked && isOpen) ? [field] : [];
  });
  const pick = (spec: ServiceSpec) => Object.fromEntries(compared.map((field) => [field, Reflect.get(spec, field)]));
  const change = mergePatchOf(pick(live), pick(wanted));
  if (!change) return undefined;
  // A strategic merge would keep ports that are no longer wanted.
  return { spec: 'ports' in change ? { ...change, ports: [...(wanted.ports ?? []), { $patch: 'replace' }] } : change };
}

/** The fields given once that the host has not given yet: it was a mere name, had one address of two, no health check, or no load balancer. */
function openFields(wanted: ServiceSpec, live: ServiceSpec): string[] {
  const lacksAddress = (wanted.clusterIPs?.length ?? 0) > (live.clusterIPs?.length ?? 0);
  return [
    ...(live.clusterIP ? [] : ['clusterIP']),
    ...(lacksAddress ? ['clusterIPs'] : []),
    ...(live.healthCheckNodePort ? [] : ['healthCheckNodePort']),
    ...(live.loadBalancerClass || live.type === 'LoadBalancer' ? [] : ['loadBalancerClass']),
  ];
}

/** An external name has no address; what is left of one in the virtual object is of the time before. */
function isNameOnly({ type }: ServiceSpec): boolean {
  return type === 'ExternalName';
}

/** The wanted ports, with the node ports of the host where the virtual Service knows of none. */
function portsFor(wanted: ServiceSpec = {}, live: ServiceSpec = {}): ServicePort[] | undefined {
  const { type, allocateLoadBalancerNodePorts = true } = wanted;
  if (type !== 'NodePort' && !(type === 'LoadBalancer' && allocateLoadBalancerNodePorts)) return wanted.ports;
  return wanted.ports?.map((port) => {
    const nodePort = port.nodePort ?? live.ports?.find((each) => isSamePort(each, port))?.nodePort;
    return nodePort ? { ...port, nodePort } : port;
  });
}

/** Whether `a` and `b` are the same port of one Service, whatever their names and targets. */
export function isSamePort(a: ServicePort, b: ServicePort): boolean {
  return a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
}
