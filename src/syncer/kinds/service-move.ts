import type { Service } from '../../kube/types.ts';
import { marks } from '../../translate/translator.ts';

type ServiceSpec = NonNullable<Service['spec']>;

/** What a mere name cannot have: an API server refuses it, or takes it away. The addresses come from the host. */
const ofMoreThanNames = [
  'type',
  'allocateLoadBalancerNodePorts',
  'externalTrafficPolicy',
  'internalTrafficPolicy',
  'loadBalancerClass',
  'loadBalancerIP',
  'loadBalancerSourceRanges',
] as const satisfies (keyof ServiceSpec)[];
const addresses = [
  'clusterIP',
  'clusterIPs',
  'healthCheckNodePort',
  'ipFamilies',
  'ipFamilyPolicy',
] as const satisfies (keyof ServiceSpec)[];

/**
 * Returns the first half of the move of `virtual` to another address. No Service can change its address, but one of type ExternalName has none, and can become any other
 * with an address of its choice (ValidateServiceUpdate). It is that from here to `asAsked`; what it has to be again is written on it, so that whoever comes next finds it.
 */
export function leaveAddress(virtual: Service): Service {
  const { metadata, spec = {} } = virtual;
  const rest = without(spec, [...ofMoreThanNames, ...addresses]);
  const ports = spec.ports?.map(({ nodePort: _nodePort, ...port }) => port);
  return {
    ...virtual,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [marks.serviceMove]: JSON.stringify(pickKept(spec)) },
    },
    spec: { ...rest, ...(ports ? { ports } : {}), type: 'ExternalName', externalName: 'moves.k3v.invalid' },
  };
}

/** Whether `virtual` carries the mark of a move, be it that the tenant has made it something else meanwhile. */
export function isMarked({ metadata }: Service): boolean {
  return metadata.annotations?.[marks.serviceMove] !== undefined;
}

/** Whether `virtual` has left its address, and is to be given another. */
export function isOnMove(virtual: Service): boolean {
  return isMarked(virtual) && virtual.spec?.type === 'ExternalName';
}

/** Returns `virtual` as the tenant asks for it, whether it is on the move or not: without an address if it is. What was changed meanwhile stays. */
export function asAsked(virtual: Service): Service {
  const { metadata, spec = {} } = virtual;
  const { [marks.serviceMove]: written, ...annotations } = metadata.annotations ?? {};
  if (written === undefined) return virtual;
  const unmarked = { ...virtual, metadata: { ...metadata, annotations } };
  if (!isOnMove(virtual)) return unmarked;
  return { ...unmarked, spec: { ...without(spec, ['type', 'externalName']), ...keptIn(written) } };
}

function keptIn(written: string): Partial<ServiceSpec> {
  try {
    return pickKept(JSON.parse(written));
  } catch {
    // Not as it was written: a tenant can change it.
    return {};
  }
}

function pickKept(spec: unknown): Partial<ServiceSpec> {
  return Object.fromEntries(ofMoreThanNames.map((field) => [field, Reflect.get(Object(spec), field)]));
}

function without(spec: ServiceSpec, fields: (keyof ServiceSpec)[]): ServiceSpec {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !fields.some((each) => each === field)));
}
