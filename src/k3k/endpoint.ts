import { isIP } from 'node:net';
import { hostAndPort } from '../kube/host-and-port.ts';
import type { ClusterContext } from './cluster-context.ts';
import { namesOf } from './names.ts';

/** Addresses of so many nodes stand in the certificate of a cluster that is exposed on node ports: more would restart it whenever a node comes. */
const mostNodes = 3;
/** Port of the Service, and of an Ingress. */
const httpsPort = 443;

/** Where clients reach the API server of a cluster. */
export interface Endpoint {
  /** With its port: `https://203.0.113.7:30443`. */
  url: string;
  /** What stands in its certificate besides what the servers know themselves. */
  sans: string[];
}

/** Returns where clients reach the API server, or what has to be there before that is known. Pure. */
export function endpointOf(context: ClusterContext): Endpoint | { waitsFor: string } {
  const { cluster, spec, service, host } = context;
  const { name, namespace = 'default' } = cluster.metadata;
  const serviceName = namesOf(name).service;
  const own = [serviceName, `${serviceName}.${namespace}`, `${serviceName}.${namespace}.svc`];
  const { clusterIPs = [], ports: [port] = [] } = service?.spec ?? {};
  if (clusterIPs.length === 0) return { waitsFor: `the Service ${serviceName} has no address yet` };
  const known = [...own, ...clusterIPs, ...(spec.tlsSANs ?? [])];
  const at = (address: string, number: number, more: readonly string[] = []): Endpoint => ({
    url: `https://${hostAndPort(address, number)}`,
    sans: [...new Set([...known, ...more])],
  });
  const { expose } = spec;
  if (expose?.loadBalancer) {
    const addresses = (service?.status?.loadBalancer?.ingress ?? []).flatMap(
      ({ ip, hostname }) => ip ?? hostname ?? [],
    );
    const [address] = addresses;
    if (!address) return { waitsFor: `the Service ${serviceName} has no address from a load balancer yet` };
    return at(address, port?.port ?? httpsPort, addresses);
  }
  if (expose?.nodePort) {
    const nodes = host.nodeAddresses.slice(0, mostNodes);
    const [address] = [...nodes, ...(spec.tlsSANs ?? [])];
    if (!port?.nodePort) return { waitsFor: `the Service ${serviceName} has no node port yet` };
    if (!address) return { waitsFor: 'the host has no node with an address' };
    return at(address, port.nodePort, nodes);
  }
  if (expose?.ingress) {
    const [address] = ingressHosts(spec.tlsSANs);
    return address ? at(address, httpsPort) : { waitsFor: 'tlsSANs has no DNS name for the Ingress' };
  }
  return at(`${serviceName}.${namespace}.svc`, httpsPort);
}

/** Returns the DNS names among `tlsSans`: the hosts of an Ingress. */
export function ingressHosts(tlsSans: readonly string[] = []): string[] {
  return tlsSans.filter((each) => isIP(each) === 0);
}
