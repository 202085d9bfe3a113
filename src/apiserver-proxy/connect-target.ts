import { canonicalIp } from './ip-address.ts';

/** What a CONNECT request names: an address in its one form (IPv6 without brackets) or a DNS name in small letters. */
export interface ConnectTarget {
  host: string;
  isAddress: boolean;
  port: number;
}

const maxNameLength = 253;
/** A label of RFC 1123. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The last label of an address written as a number, which some resolvers take: `127.1`, `2130706433`, `0x7f000001`. */
const numeric = /^(\d+|0x[0-9a-f]*)$/;

/**
 * Returns the target in `authority` (`host:port`, RFC 9110, 9.3.6), or undefined if it is anything else than four decimal parts,
 * an IPv6 address in brackets or a DNS name, with a port from 1 to 65535. One dot at the end of a name is taken off.
 */
export function parseConnectTarget(authority: string): ConnectTarget | undefined {
  const [, bracketed, plain = '', portText = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([1-9]\d{0,4})$/.exec(authority) ?? [];
  const port = Number(portText);
  if (port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined) {
    const address = bracketed.includes(':') ? canonicalIp(bracketed) : undefined;
    return address === undefined ? undefined : { host: address, isAddress: true, port };
  }
  const address = canonicalIp(plain);
  if (address !== undefined) return { host: address, isAddress: true, port };
  const name = plain.toLowerCase().replace(/\.$/, '');
  return isDnsName(name) ? { host: name, isAddress: false, port } : undefined;
}

function isDnsName(name: string): boolean {
  const labels = name.split('.');
  return name.length <= maxNameLength && labels.every((each) => label.test(each)) && !numeric.test(labels.at(-1) ?? '');
}
