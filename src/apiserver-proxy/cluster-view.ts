import type { Lister } from '../kube/informer.ts';
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
import { type Translator, marks } from '../translate/translator.ts';
import { byHostIp, byNodeAddress, byNodeName, byPodIp, byServiceIp, byServiceName } from './cluster-indexes.ts';
import { canonicalIp } from './ip-address.ts';

/** The stores that the view looks into; the sync engine's context is one. */
export interface ClusterStores {
  readonly translator: Pick<Translator, 'hostName' | 'hostNamespace' | 'ownerOf'>;
  readonly virtual: { lister<T extends KubeObject>(resource: Resource): Lister<T> };
  readonly host: { lister<T extends KubeObject>(resource: Resource): Lister<T> };
}

/** A virtual pod and the host pod it runs as. */
export interface PodPair {
  virtual: Pod;
  host: Pod;
}

/** A ready address of a Service, as the virtual cluster has it: a tenant may have written it, so it can be any address. */
export interface ServiceAddress {
  ip: string;
  /** TCP ports; the name is empty for the only port of a Service. */
  ports: { name: string; port: number }[];
}

/**
 * What belongs to the virtual cluster, read from the stores at each call. Where a pod runs and under which address is taken from
 * the host's pod alone: a tenant can write the status of its own.
 */
export interface ClusterView {
  /** Returns the node with this name or address, of several one that the host has; undefined if there is none, or if it has several. */
  nodeAt(host: string): Node | undefined;
  /** Returns a virtual pod with the host pod it runs as (of the same UID); undefined when there is no such virtual pod. */
  pod(namespace: string, name: string): { virtual: Pod; host: Pod | undefined } | undefined;
  podsOnNode(nodeName: string): PodPair[];
  /** Returns every pod that is on the host. */
  pods(): PodPair[];
  /** Returns the nodes that the host has: not those that a tenant made up. */
  nodes(): Node[];
  /** Returns the pod that has this address for itself and has not ended: an ended pod's address may be another's by now. */
  podAt(ip: string): PodPair | undefined;
  /** Returns the running pods that use the network of the node with this address. */
  hostNetworkPodsAt(ip: string): PodPair[];
  /** Returns the Service with this ClusterIP. */
  serviceAt(ip: string): Service | undefined;
  service(namespace: string, name: string): Service | undefined;
  /** Returns the ready addresses of a Service. Not checked against pods: see `podAt`. */
  endpointsOf(namespace: string, name: string): ServiceAddress[];
}

/** Returns the view over `stores`, which must have the `clusterIndexes`. */
export function createClusterView({ translator, virtual, host }: ClusterStores): ClusterView {
  const nodes = virtual.lister<Node>(resources.nodes);
  const virtualPods = virtual.lister<Pod>(resources.pods);
  const hostPods = host.lister<Pod>(resources.pods);
  const services = virtual.lister<Service>(resources.services);
  const slices = virtual.lister<EndpointSlice>(resources.endpointSlices);

  function pod(namespace: string, name: string) {
    const found = virtualPods.get(joinKey(namespace, name));
    if (!found) return undefined;
    const hostName = translator.hostName(resources.pods.kind, namespace, name);
    const candidate = hostPods.get(joinKey(translator.hostNamespace, hostName));
    const uid = candidate && translator.ownerOf(candidate, resources.pods.kind)?.uid;
    return { virtual: found, host: uid !== undefined && uid === found.metadata.uid ? candidate : undefined };
  }

  /** Pairs those of `found` that run a virtual pod. */
  const paired = (found: Pod[]): PodPair[] =>
    found.flatMap((candidate) => {
      const owner = translator.ownerOf(candidate, resources.pods.kind);
      const pair = owner && pod(owner.namespace, owner.name);
      return pair?.host === candidate ? [{ virtual: pair.virtual, host: candidate }] : [];
    });

  const isMirrored = ({ metadata }: Node) => metadata.labels?.[marks.managedLabel] === 'true';

  return {
    nodeAt(name) {
      const byName = nodes.get(name);
      if (byName) return byName;
      const found = nodes.byIndex(byNodeAddress, canonicalIp(name) ?? name);
      const mirrored = found.filter(isMirrored);
      const [node, ...others] = mirrored.length > 0 ? mirrored : found;
      return others.length === 0 ? node : undefined;
    },
    pod,
    podsOnNode: (nodeName) => paired(hostPods.byIndex(byNodeName, nodeName)),
    pods: () => paired([...hostPods.list()]),
    nodes: () => [...nodes.list()].filter(isMirrored),
    podAt(ip) {
      const [pair, ...others] = paired(hostPods.byIndex(byPodIp, ip));
      return others.length === 0 ? pair : undefined;
    },
    hostNetworkPodsAt: (ip) => paired(hostPods.byIndex(byHostIp, ip)),
    serviceAt: (ip) => services.byIndex(byServiceIp, ip)[0],
    service: (namespace, name) => services.get(joinKey(namespace, name)),
    endpointsOf: (namespace, name) => slices.byIndex(byServiceName, joinKey(namespace, name)).flatMap(readyAddresses),
  };
}

function readyAddresses({ endpoints, ports }: EndpointSlice): ServiceAddress[] {
  const tcp = (ports ?? []).flatMap(({ name, port, protocol = 'TCP' }) =>
    port !== undefined && protocol === 'TCP' ? [{ name: name ?? '', port }] : [],
  );
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready ?? true)
    .flatMap(({ addresses }) => addresses.map((ip) => ({ ip: canonicalIp(ip) ?? ip, ports: tcp })));
}
