import { isIP } from 'node:net';
import { hostAndPort } from '../../kube/host-and-port.ts';
import type { Node, Service } from '../../kube/types.ts';
import type { Cluster } from '../types.ts';

/** Of the first so many nodes: each is as good as the others. */
const mostNodes = 3;
const etcdPort = 2379;

/** What is known of where an API server may be reached. */
export interface WaysIn {
  cluster: Cluster;
  /** That of the API server. */
  service: Service | undefined;
  /** Empty if they may not be read. */
  nodes: readonly Node[];
  /** URL of the API server of the host: its machine is often a node, or leads to one. */
  host: string;
}

/** Returns URLs at which the API server of a cluster may be reached from outside of the host, the best first; none if it is not exposed. */
export function serverCandidates({ cluster: { spec, status }, service, nodes, host }: WaysIn): string[] {
  const { nodePort, loadBalancer, ingress } = spec.expose ?? {};
  const port = service?.spec?.ports?.find((each) => each.port !== etcdPort);
  const url = (address: string, number: number) => `https://${hostAndPort(address, String(number))}`;
  const found: string[] = [];
  if (loadBalancer && port) {
    const balancers = service?.status?.loadBalancer?.ingress ?? [];
    found.push(...balancers.flatMap(({ ip, hostname }) => url(ip || hostname || '', port.port)));
  }
  if (ingress) {
    const names = spec.tlsSANs?.filter((name) => isIP(name) === 0) ?? [];
    found.push(...names.map((name) => `https://${name}`));
  }
  if (nodePort && port?.nodePort) {
    const number = port.nodePort;
    found.push(...addressesOf(nodes).map((address) => url(address, number)), url(hostName(host), number));
  }
  if (found.length === 0) return [];
  return [...new Set([...(status?.endpoint ? [status.endpoint] : []), ...found])];
}

/** Returns the name or address in a URL, without the brackets of IPv6. */
export function hostName(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Addresses that are meant for outside come first. */
function addressesOf(nodes: readonly Node[]): string[] {
  const ready = nodes.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  const of = (type: string) =>
    ready
      .slice(0, mostNodes)
      .flatMap(
        ({ status }) => status?.addresses?.filter((each) => each.type === type).map(({ address }) => address) ?? [],
      );
  return [...of('ExternalIP'), ...of('InternalIP')];
}
