import { isIPv6 } from 'node:net';

/** Returns `host:port` as a URL has it: an IPv6 address stands in brackets. */
export function hostAndPort(host: string, port: number | string): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
