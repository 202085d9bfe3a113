import { BlockList, isIPv6 } from 'node:net';
import type { Node } from '../kube/types.ts';

/**
 * Returns the ranges that the pods of the host have their addresses from, sorted: those `given`, and what each node has (`spec.podCIDRs`). Returns none
 * if they are not known for sure: nothing is given, and a node has no range, or one of `podIps`, addresses of pods without the host's network, is
 * in none, as where a network plugin has ranges of its own.
 */
export function podCidrs({
  given,
  nodes,
  podIps,
}: {
  given: readonly string[];
  nodes: Iterable<Node>;
  podIps: Iterable<string>;
}): string[] {
  const ofNodes = [...nodes].map(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []));
  const found = [...new Set([...given, ...ofNodes.flat()])].toSorted();
  if (given.length > 0) return found;
  if (ofNodes.some((ranges) => ranges.length === 0)) return [];
  const inside = new BlockList();
  for (const range of found) {
    const [network = '', prefix = ''] = range.split('/');
    inside.addSubnet(network, Number(prefix), family(network));
  }
  for (const address of podIps) if (!inside.check(address, family(address))) return [];
  return found;
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
