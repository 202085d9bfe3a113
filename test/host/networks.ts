/** Addresses of one real host; each has networks of its own, so that one can run beside another. */
export interface HostNetwork {
  /** The machine is `.1`, node i is `.(i+1)`; /24. */
  nodes: string;
  /** Pods of node i are in `<pods>.i.0/24`. */
  pods: string;
  /** Services are in `<services>.0.0/16`, the cluster's DNS at `.0.10`. */
  services: string;
  /** The machine's end of the cable. */
  interface: string;
}

export type HostName = keyof typeof hostNetworks;

/** `hand`: `npm run host:up`. `test`: `npm test`. `bench`: `npm run bench`. `conformance`: `npm run conformance`. */
export const hostNetworks = {
  hand: { nodes: '10.221.0', pods: '10.222', services: '10.223', interface: 'k3v-hand' },
  test: { nodes: '10.224.0', pods: '10.225', services: '10.226', interface: 'k3v-test' },
  bench: { nodes: '10.227.0', pods: '10.228', services: '10.229', interface: 'k3v-bench' },
  conformance: { nodes: '10.241.0', pods: '10.242', services: '10.243', interface: 'k3v-conf' },
} satisfies Record<string, HostNetwork>;

export function nodeName(index: number): string {
  return `node${index}`;
}

export function nodeAddress(network: HostNetwork, index: number): string {
  return `${network.nodes}.${index + 1}`;
}

/** The machine's address: pods reach servers that listen there. */
export function machineAddress(network: HostNetwork): string {
  return `${network.nodes}.1`;
}

/** The API server runs on node 1. */
export function apiServerUrl(network: HostNetwork): string {
  return `https://${nodeAddress(network, 1)}:6443`;
}
