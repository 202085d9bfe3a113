import { type EndpointSlice, type Endpoints, type Service, joinKey, keyOf, resources } from '../../kube/types.ts';
import { isMetricsService } from '../../translate/metrics-service.ts';
import { defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { indexBy } from '../index-rule.ts';
import type { SyncContext } from '../sync-context.ts';
import { asAsked } from './service-move.ts';

type Subset = NonNullable<Endpoints['subsets']>[number];
type Port = NonNullable<Subset['ports']>[number];

const byService = 'slices-by-service';
const serviceLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const controllers = new Set(['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']);

/** Keys of the Service that a tenant's own slice belongs to. */
const serviceOf = ({ metadata }: EndpointSlice) => {
  const name = metadata.labels?.[serviceLabel];
  return name && !controllers.has(metadata.labels?.[managedByLabel] ?? '')
    ? [joinKey(metadata.namespace ?? '', name)]
    : [];
};

/**
 * Mirrors the addresses of selector-less Services, from Endpoints and from EndpointSlices that the tenant wrote, to the host's
 * Endpoints. Addresses of all other Services are the host's own controllers' work. Keyed by the Service.
 */
export const endpointsSyncer = defineSyncer<Service, Endpoints>({
  resource: resources.services,
  hostResource: resources.endpoints,
  namedAs: 'Service',
  indexes: [indexBy('virtual', resources.endpointSlices, byService, serviceOf)],
  enqueuedBy: [
    enqueueFrom<Endpoints>('virtual', resources.endpoints, (endpoints) => [keyOf(endpoints)]),
    enqueueFrom('virtual', resources.endpointSlices, serviceOf),
  ],
  selects: (service) => {
    const { type, selector = {} } = asAsked(service).spec ?? {};
    return type !== 'ExternalName' && Object.keys(selector).length === 0 && !isMetricsService(service);
  },
  toHost: toHostEndpoints,
  wholeFields: ['subsets'],
});

/** Returns the host Endpoints of the selector-less Service `service`. */
export function toHostEndpoints(service: Service, { virtual, translator }: SyncContext): Endpoints {
  const key = keyOf(service);
  const written = mirrored(virtual.lister<Endpoints>(resources.endpoints).get(key));
  const slices = virtual.lister<EndpointSlice>(resources.endpointSlices).byIndex(byService, key);
  const subsets = [...(written?.subsets ?? []), ...slices.map(subsetOf)].map(plain).filter(hasAddresses);
  return {
    ...translator.hostObject(resources.endpoints, service, 'Service'),
    ...(subsets.length > 0 ? { subsets: merged(subsets) } : {}),
  };
}

/** Endpoints that say so are no business of a kube-proxy: it reads slices alone. */
function mirrored(written: Endpoints | undefined): Endpoints | undefined {
  return written?.metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'] === 'true' ? undefined : written;
}

/** As a kube-proxy reads a slice: names of hosts say nothing to it, nor do addresses of one endpoint after the first. */
function subsetOf({ addressType, endpoints, ports }: EndpointSlice): Subset {
  const addressesOf = (isReady: boolean) =>
    (addressType === 'FQDN' ? [] : (endpoints ?? []))
      .filter(({ conditions }) => (conditions?.ready ?? true) === isReady)
      .flatMap(({ addresses: [ip], hostname }) => (ip ? [{ ip, ...(hostname ? { hostname } : {}) }] : []));
  return {
    addresses: addressesOf(true),
    notReadyAddresses: addressesOf(false),
    ports: (ports ?? []).flatMap(({ name, port, protocol, appProtocol }) =>
      port === undefined
        ? []
        : [{ port, protocol, ...(name ? { name } : {}), ...(appProtocol ? { appProtocol } : {}) }],
    ),
  };
}

/** References to virtual pods and nodes mean nothing on the host. */
function plain({ addresses, notReadyAddresses, ports }: Subset): Subset {
  const strip = (list: Subset['addresses']) =>
    list?.map(({ ip, hostname }) => ({ ip, ...(hostname ? { hostname } : {}) }));
  // One order of fields, so that equal ports are equal text.
  const sortedPorts = ports
    ?.map(({ name, port, protocol = 'TCP', appProtocol }) => ({
      ...(name ? { name } : {}),
      port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }))
    .sort(byJson);
  return {
    ...(addresses?.length ? { addresses: strip(addresses) } : {}),
    ...(notReadyAddresses?.length ? { notReadyAddresses: strip(notReadyAddresses) } : {}),
    ...(sortedPorts?.length ? { ports: sortedPorts } : {}),
  };
}

function hasAddresses({ addresses, notReadyAddresses }: Subset): boolean {
  return (addresses?.length ?? 0) + (notReadyAddresses?.length ?? 0) > 0;
}

/** Joins subsets of the same ports, so that an address stands in one subset only, in a stable order. */
function merged(subsets: Subset[]): Subset[] {
  const byPorts = new Map<string, Subset>();
  for (const subset of subsets) {
    const key = JSON.stringify(subset.ports ?? []);
    const before = byPorts.get(key);
    const addresses = unique([...(before?.addresses ?? []), ...(subset.addresses ?? [])]);
    const notReady = unique([...(before?.notReadyAddresses ?? []), ...(subset.notReadyAddresses ?? [])]);
    const waiting = notReady.filter(({ ip }) => !addresses.some((address) => address.ip === ip));
    byPorts.set(key, {
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(waiting.length > 0 ? { notReadyAddresses: waiting } : {}),
      ...(subset.ports ? { ports: subset.ports } : {}),
    });
  }
  return [...byPorts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => subset);
}

function unique<A extends { ip: string }>(addresses: A[]): A[] {
  const byIp = new Map(addresses.map((address) => [address.ip, address]));
  return [...byIp.values()].sort((a, b) => (a.ip < b.ip ? -1 : 1));
}

function byJson(a: Port, b: Port): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
