import {
  type EndpointSlice,
  type KubeObject,
  type Node,
  type Pod,
  type Resource,
  type Service,
  joinKey,
  resources,
} from '../kube/types.ts';
import { canonicalIp } from './ip-address.ts';

/** An index that a store must have. */
interface ClusterIndex {
  side: 'virtual' | 'host';
  resource: Resource;
  name: string;
  values: (object: KubeObject) => string[];
}

export const byNodeAddress = 'nodes-by-address';
export const byNodeName = 'running-by-node';
export const byPodIp = 'pods-by-own-ip';
export const byHostIp = 'host-network-pods-by-ip';
export const byServiceIp = 'services-by-ip';
export const byServiceName = 'all-slices-by-service';

/** The indexes that a ClusterView reads. */
export const clusterIndexes: ClusterIndex[] = [
  index<Node>('virtual', resources.nodes, byNodeAddress, ({ status }) =>
    canonical((status?.addresses ?? []).map(({ address }) => address)),
  ),
  index<Pod>('host', resources.pods, byNodeName, ({ spec }) => (spec?.nodeName ? [spec.nodeName] : [])),
  index<Pod>('host', resources.pods, byPodIp, (pod) => (isAlive(pod) && !usesHostNetwork(pod) ? addressesOf(pod) : [])),
  index<Pod>('host', resources.pods, byHostIp, (pod) =>
    pod.status?.phase === 'Running' && usesHostNetwork(pod) ? addressesOf(pod) : [],
  ),
  index<Service>('virtual', resources.services, byServiceIp, ({ spec }) =>
    canonical(spec?.clusterIPs ?? [spec?.clusterIP ?? '']).filter((ip) => ip !== '' && ip !== 'None'),
  ),
  index<EndpointSlice>('virtual', resources.endpointSlices, byServiceName, ({ metadata }) => {
    const name = metadata.labels?.['kubernetes.io/service-name'];
    return name ? [joinKey(metadata.namespace ?? '', name)] : [];
  }),
];

function index<T extends KubeObject>(
  side: 'virtual' | 'host',
  resource: Resource,
  name: string,
  values: (object: T) => string[],
): ClusterIndex {
  return { side, resource, name, values: (object) => values(object as T) };
}

function isAlive({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** A pod whose address is its node's is taken for one even if its spec does not say so. */
function usesHostNetwork({ spec, status }: Pod): boolean {
  if (spec?.hostNetwork) return true;
  const own = status?.podIP;
  return own !== undefined && [status?.hostIP, ...(status?.hostIPs ?? []).map(({ ip }) => ip)].includes(own);
}

function addressesOf({ status }: Pod): string[] {
  return canonical([status?.podIP ?? '', ...(status?.podIPs ?? []).map(({ ip }) => ip)]).filter((ip) => ip !== '');
}

/** Without repetitions: an object stands once under each value. */
function canonical(addresses: string[]): string[] {
  return [...new Set(addresses.map((address) => canonicalIp(address) ?? address))];
}
