import { SocketAddress, isIPv4, isIPv6 } from 'node:net';

/**
 * Returns the one way to write the address `text` (RFC 5952 for IPv6), or undefined if it is none. IPv4 has four decimal parts; no
 * other form counts, nor does an IPv6 zone.
 */
export function canonicalIp(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return new SocketAddress({ address: text, family: 'ipv6' }).address;
}
