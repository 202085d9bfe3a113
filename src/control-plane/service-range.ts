import { isIP } from 'node:net';
import { K3vError } from '../errors.ts';

/**
 * Returns the first usable address of every range in `cidrs` (comma-separated when dual-stack). Kubernetes gives it to the
 * Service `default/kubernetes`, so the API server's certificate must carry it. IPv6 comes back in full, without `::`.
 * Throws K3vError `FLAG_INVALID` for what is no CIDR.
 */
export function firstServiceAddresses(cidrs: string): string[] {
  return cidrs.split(',').map((cidr) => {
    const [address = '', prefix = ''] = cidr.trim().split('/');
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    if (family === 0 || !/^\d+$/.test(prefix) || Number(prefix) >= bits) {
      throw new K3vError('FLAG_INVALID', `--service-cidr ${cidrs}: "${cidr}" is not a range of addresses`, {
        hint: 'Give a CIDR such as 10.96.0.0/16.',
      });
    }
    const hostBits = BigInt(bits - Number(prefix));
    const first = ((toNumber(address) >> hostBits) << hostBits) + 1n;
    return family === 4 ? formatIpv4(first) : formatIpv6(first);
  });
}

function toNumber(address: string): bigint {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const [head = '', rest] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const tail = groups(rest ?? '');
  const zeros = Array<string>(8 - groups(head).length - tail.length).fill('0');
  return [...groups(head), ...zeros, ...tail].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

function formatIpv6(value: bigint): string {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16)).join(':');
}
