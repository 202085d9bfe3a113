import { BlockList } from 'node:net';
import type { Node, Service } from '../kube/types.ts';
import { metricsService } from '../translate/metrics-service.ts';
import type { ClusterView, PodPair } from './cluster-view.ts';
import type { ConnectTarget } from './connect-target.ts';

/** What stands behind a target. `ip` and `port` of a pod are those to dial. */
export type Route =
  | { to: 'kubelet'; node: Node }
  | { to: 'pod'; pod: PodPair; ip: string; port: number }
  | { to: 'metrics' }
  | { to: 'refused'; reason: string };

const defaultKubeletPort = 10_250;

/**
 * Decides what `target` is. Only what the view knows is let through: the kubelet port of a node, a pod of this virtual cluster, or
 * a Service of it with a ready pod of it; and k3v's own metrics. A Service is never dialled by its own address, as its endpoints can be any address:
 * one of them that is a pod's is chosen here, with `random`, a number from 0 up to 1.
 */
export function routeTarget(
  target: ConnectTarget,
  view: ClusterView,
  { clusterDomain, random = Math.random }: { clusterDomain: string; random?: () => number },
): Route {
  if (target.host === metricsService.ip && target.port === metricsService.port) return { to: 'metrics' };
  const node = view.nodeAt(target.host);
  if (node && target.port === kubeletPortOf(node)) return { to: 'kubelet', node };
  if (!target.isAddress && !node) return routeName(target, clusterDomain, view, random);
  const pod = dialledPod(target.host, target.port, view);
  if (pod) return { to: 'pod', pod, ip: target.host, port: target.port };
  const service = view.serviceAt(target.host);
  if (service) return routeService(service, target.port, view, random);
  if (node)
    return refused(`of the node ${node.metadata.name} only the kubelet can be reached, not port ${target.port}`);
  return refused(`${target.host} is ${kindOf(target.host)}`);
}

function routeName(
  { host, port }: ConnectTarget,
  clusterDomain: string,
  view: ClusterView,
  random: () => number,
): Route {
  const [name = '', namespace = '', svc, ...domain] = host.split('.');
  if (svc !== 'svc' || !['', clusterDomain].includes(domain.join('.'))) {
    return refused(`${host} is not a node or a Service of this virtual cluster`);
  }
  const service = view.service(namespace, name);
  return service
    ? routeService(service, port, view, random)
    : refused(`there is no Service ${namespace}/${name} in this virtual cluster`);
}

function routeService({ metadata, spec }: Service, port: number, view: ClusterView, random: () => number): Route {
  const { name, namespace = '' } = metadata;
  if (spec?.type === 'ExternalName') return refused(`the Service ${namespace}/${name} is a name outside the cluster`);
  const servicePort = spec?.ports?.find((each) => each.port === port && (each.protocol ?? 'TCP') === 'TCP');
  if (!servicePort) return refused(`the Service ${namespace}/${name} has no TCP port ${port}`);
  const choices = view.endpointsOf(namespace, name).flatMap(({ ip, ports }) => {
    const target = ports.find((each) => each.name === (servicePort.name ?? ''));
    const pod = target && dialledPod(ip, target.port, view);
    return pod ? [{ to: 'pod' as const, pod, ip, port: target.port }] : [];
  });
  const chosen = choices[Math.floor(random() * choices.length)];
  return chosen ?? refused(`the Service ${namespace}/${name} has no ready pod of this virtual cluster`);
}

/**
 * Returns the pod that answers at `ip` and `port`. In the network of a node only ports that a pod declares are a pod's: the
 * scheduler gives such a port to one pod per node, while any other may be the kubelet's or another tenant's.
 */
function dialledPod(ip: string, port: number, view: ClusterView): PodPair | undefined {
  const own = view.podAt(ip);
  if (own) return own;
  return view.hostNetworkPodsAt(ip).find(({ host }) => {
    const containers = [...(host.spec?.containers ?? []), ...(host.spec?.initContainers ?? [])];
    return containers.some(({ ports }) =>
      ports?.some((each) => each.containerPort === port && (each.protocol ?? 'TCP') === 'TCP'),
    );
  });
}

/** Returns the port under which the API server asks the kubelet of `node`. */
export function kubeletPortOf({ status }: Node): number {
  return status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultKubeletPort;
}

const special = [
  { kind: 'a loopback address', subnets: ['127.0.0.0/8', '::1/128'] },
  { kind: 'an unspecified address', subnets: ['0.0.0.0/8', '::/128'] },
  { kind: 'a link-local address', subnets: ['169.254.0.0/16', 'fe80::/10'] },
  { kind: 'a multicast address', subnets: ['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'] },
].map(({ kind, subnets }) => ({ kind, list: blockList(subnets) }));

/** Says what a foreign address is, for the message: it is refused whatever this says. */
function kindOf(ip: string): string {
  const family = ip.includes(':') ? 'ipv6' : 'ipv4';
  // A BlockList matches IPv4-mapped addresses too.
  const found = special.find(({ list }) => list.check(ip, family));
  return found?.kind ?? 'not the address of a pod, a Service or a node of this virtual cluster';
}

function blockList(subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

function refused(reason: string): Route {
  return { to: 'refused', reason };
}
