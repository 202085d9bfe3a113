import { type Service, resources } from '../../kube/types.ts';
import { isMetricsService } from '../../translate/metrics-service.ts';
import type { Translator } from '../../translate/translator.ts';
import { isApiServerService } from '../api-server-service.ts';
import { type VirtualChange, defineSyncer } from '../define-syncer.ts';
import { isSamePort, servicePatch } from './service-changes.ts';
import { asAsked, isMarked, isOnMove, leaveAddress } from './service-move.ts';

type ServiceSpec = NonNullable<Service['spec']>;
type ServicePort = NonNullable<ServiceSpec['ports']>[number];
type Condition = NonNullable<NonNullable<Service['status']>['conditions']>[number];

/** Mirrors every Service onto the host, so that its address works there and goes on working while k3v is down. */
export const serviceSyncer = defineSyncer<Service>({
  resource: resources.services,
  selects: (virtual) => !isMetricsService(virtual),
  outlives: isApiServerService,
  toHost: (virtual, { translator }) => toHostService(virtual, translator),
  isOutdated: isOfOtherKind,
  hostPatch: servicePatch,
  toVirtual: toVirtualService,
  whenInvalid: withoutTaken,
});

/**
 * Returns the host Service that `virtual` should have. Addresses and ports are asked for as the virtual API server gave them. External
 * addresses stay behind: whoever may set them can take traffic meant for anybody in the host cluster (CVE-2020-8554).
 */
export function toHostService(virtual: Service, translator: Translator): Service {
  const { externalIPs: _, selector, ...spec } = asAsked(virtual).spec ?? {};
  // The API server gives it to every Service with external addresses, and refuses it where there are none.
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') delete spec.externalTrafficPolicy;
  return {
    ...translator.hostObject(resources.services, virtual),
    spec: {
      ...spec,
      ...(selector && Object.keys(selector).length > 0
        ? { selector: translator.hostSelector(virtual.metadata.namespace ?? '', selector) }
        : {}),
    },
  };
}

/**
 * Returns `desired` without those addresses or ports that the host's refusal names (taken, or out of its range), so that the host chooses;
 * the virtual Service follows. Returns undefined if the refusal is about something else.
 */
export function withoutTaken(desired: Service, message: string): Service | undefined {
  const spec = { ...desired.spec };
  if (message.includes('spec.clusterIP') && spec.clusterIP && spec.clusterIP !== 'None') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  } else if (message.includes('spec.healthCheckNodePort') && spec.healthCheckNodePort) {
    delete spec.healthCheckNodePort;
  } else if (/spec\.ports\S*nodePort/.test(message) && spec.ports?.some(({ nodePort }) => nodePort)) {
    spec.ports = spec.ports.map(({ nodePort: _nodePort, ...port }) => port);
  } else {
    return undefined;
  }
  return { ...desired, spec };
}

/** Returns what the host's Service means for `virtual`: its addresses, its node ports, its load balancer. */
export function toVirtualService(host: Service, virtual: Service): VirtualChange<Service> {
  if (isMarked(virtual)) {
    return { become: isOnMove(virtual) ? withHostAddress(asAsked(virtual), host) : asAsked(virtual) };
  }
  if (isOtherwiseChosen(host, virtual)) return { become: leaveAddress(virtual) };
  const ports = withNodePorts(virtual.spec?.ports, host.spec?.ports);
  return {
    ...(ports ? { patch: { spec: { ports } } } : {}),
    status: statusFrom(host, virtual),
    ...(virtual.spec?.externalIPs?.length ? { warning: { reason: 'NotSupported', message: externalIpsRefusal } } : {}),
  };
}

export const externalIpsRefusal =
  'spec.externalIPs stays without effect: an address of the choice of a tenant could take traffic of others in the host cluster; use type LoadBalancer or NodePort';

/** Whether of `host` and `virtual` one has an address and the other is to have none: what was made for an earlier Service of the name. None can become the other. */
function isOfOtherKind({ spec: virtual }: Service, { spec: host }: Service): boolean {
  const [asked, given] = [virtual?.clusterIP, host?.clusterIP];
  return Boolean(asked) && Boolean(given) && (asked === 'None') !== (given === 'None');
}

/** Whether the host has another value for something that can never change: an address, or the port of the health check. */
function isOtherwiseChosen({ spec: host }: Service, { spec: virtual }: Service): boolean {
  if (virtual?.type === 'ExternalName' || host?.type === 'ExternalName') return false;
  const differ = <T>(a: T | undefined, b: T | undefined) => Boolean(a) && Boolean(b) && a !== b;
  return (
    (host?.clusterIP !== undefined && host.clusterIP !== virtual?.clusterIP) ||
    differ(host?.clusterIPs?.[1], virtual?.clusterIPs?.[1]) ||
    differ(host?.healthCheckNodePort, virtual?.healthCheckNodePort)
  );
}

/**
 * What the host's load balancer says. A Service of a class that nobody on the host has served yet may be served in the virtual cluster: what is
 * said there stays. So do conditions of types that the host does not know.
 */
function statusFrom({ status: host }: Service, { spec, status: virtual }: Service): Service['status'] {
  const isServedOnHost = spec?.loadBalancerClass === undefined || host?.loadBalancer?.ingress !== undefined;
  const types = new Set(host?.conditions?.map(({ type }) => type));
  const conditions: Condition[] = [
    ...(virtual?.conditions ?? []).filter(({ type }) => !types.has(type)),
    ...(host?.conditions ?? []),
  ];
  return {
    ...virtual,
    loadBalancer: (isServedOnHost ? host : virtual)?.loadBalancer ?? {},
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

/** Returns `virtual` with what `host` chose. Of a host Service that an earlier one of the name left, node ports are none of a Service that has none. */
export function withHostAddress(virtual: Service, host: Service): Service {
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, healthCheckNodePort } = host.spec ?? {};
  const { healthCheckNodePort: _, ...spec } = virtual.spec ?? {};
  const takesNodePorts = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const ports = (takesNodePorts ? withNodePorts(spec.ports, host.spec?.ports) : undefined) ?? spec.ports;
  return {
    ...virtual,
    spec: {
      ...spec,
      clusterIP,
      clusterIPs,
      ipFamilies,
      ipFamilyPolicy,
      ports,
      ...(takesNodePorts && healthCheckNodePort ? { healthCheckNodePort } : {}),
    },
  };
}

function withNodePorts(ports: ServicePort[] | undefined, host: ServicePort[] | undefined): ServicePort[] | undefined {
  let changed = false;
  const result = (ports ?? []).map((port) => {
    const nodePort = host?.find((each) => isSamePort(each, port))?.nodePort;
    if (!nodePort || nodePort === port.nodePort) return port;
    changed = true;
    return { ...port, nodePort };
  });
  return changed ? result : undefined;
}
