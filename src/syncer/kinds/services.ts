import { type Service, resources } from '../../kube/types.ts';
import type { Translator } from '../../translate/translator.ts';
import { hostPatchOf } from '../host-patch.ts';
import { type VirtualChange, defineSyncer } from '../define-syncer.ts';

type ServiceSpec = NonNullable<Service['spec']>;
type ServicePort = NonNullable<ServiceSpec['ports']>[number];

/** Mirrors every Service onto the host, so that its address works there and goes on working while k3v is down. */
export const serviceSyncer = defineSyncer<Service>({
  resource: resources.services,
  toHost: (virtual, { translator }) => toHostService(virtual, translator),
  hostPatch: servicePatch,
  toVirtual: toVirtualService,
  whenInvalid: withoutAddress,
});

/** Returns the host Service that `virtual` should have. Node ports and load balancer addresses are the host's to give. */
export function toHostService(virtual: Service, translator: Translator): Service {
  const { clusterIPs: _, healthCheckNodePort: __, externalIPs: ___, selector, ports, ...spec } = virtual.spec ?? {};
  return {
    ...translator.hostObject(resources.services, virtual),
    spec: {
      ...spec,
      ...(selector && Object.keys(selector).length > 0
        ? { selector: translator.hostSelector(virtual.metadata.namespace ?? '', selector) }
        : {}),
      ...(ports ? { ports: ports.map(({ nodePort: _nodePort, ...port }) => port) } : {}),
    },
  };
}

/** An address that the host cannot give (taken, or out of its range) is left to the host to choose; the virtual Service follows. */
export function withoutAddress(desired: Service, message: string): Service | undefined {
  if (!desired.spec?.clusterIP || desired.spec.clusterIP === 'None' || !message.includes('clusterIP')) return undefined;
  const { clusterIP: _, ...spec } = desired.spec;
  return { ...desired, spec };
}

/** Fields the host chose once and for all. */
const chosenByHost = ['clusterIP', 'ipFamilies', 'ipFamilyPolicy'] as const;

/** Returns the patch towards `desired` that keeps the addresses and node ports the host chose. */
export function servicePatch(desired: Service, host: Service): object | undefined {
  const spec = { ...desired.spec };
  const needsAddress = desired.spec?.type !== 'ExternalName' && host.spec?.type === 'ExternalName';
  if (host.spec?.clusterIP || !needsAddress) for (const field of chosenByHost) delete spec[field];
  spec.ports = (desired.spec?.ports ?? []).map((port) => {
    const nodePort = host.spec?.ports?.find((each) => samePort(each, port))?.nodePort;
    return nodePort && desired.spec?.type !== 'ClusterIP' ? { ...port, nodePort } : port;
  });
  const { metadata: _, ...body } = hostPatchOf({ ...desired, spec }, host, ['spec.selector', 'spec.ports']) ?? {};
  if (Object.keys(body).length === 0) return undefined;
  const changed = body['spec'];
  // A strategic merge would keep ports that are no longer wanted.
  return typeof changed === 'object' && changed !== null && 'ports' in changed
    ? { spec: { ...changed, ports: [...spec.ports, { $patch: 'replace' }] } }
    : body;
}

/** Returns what the host's Service means for `virtual`: its address, its node ports, its load balancer. */
export function toVirtualService(host: Service, virtual: Service): VirtualChange<Service> {
  const hostIp = host.spec?.clusterIP;
  if (virtual.spec?.type !== 'ExternalName' && hostIp && hostIp !== virtual.spec?.clusterIP) {
    return { recreateAs: withHostAddress(virtual, host) };
  }
  const ports = withNodePorts(virtual.spec?.ports, host.spec?.ports);
  return {
    ...(ports ? { patch: { spec: { ports } } } : {}),
    status: { ...virtual.status, loadBalancer: host.status?.loadBalancer ?? {} },
  };
}

/** Returns `virtual` as it is to be made again, with the address of `host`. */
export function withHostAddress(virtual: Service, host: Service): Service {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = virtual.metadata;
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = host.spec ?? {};
  const ports = withNodePorts(virtual.spec?.ports, host.spec?.ports) ?? virtual.spec?.ports;
  const { healthCheckNodePort: _, ...spec } = virtual.spec ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels, annotations, finalizers, ownerReferences },
    spec: { ...spec, clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, ports },
  };
}

function withNodePorts(ports: ServicePort[] | undefined, host: ServicePort[] | undefined): ServicePort[] | undefined {
  let changed = false;
  const result = (ports ?? []).map((port) => {
    const nodePort = host?.find((each) => samePort(each, port))?.nodePort;
    if (!nodePort || nodePort === port.nodePort) return port;
    changed = true;
    return { ...port, nodePort };
  });
  return changed ? result : undefined;
}

function samePort(a: ServicePort, b: ServicePort): boolean {
  return a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
}
