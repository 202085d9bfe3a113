import { createHash } from 'node:crypto';

/** The virtual object a host name stands for. `namespace` is empty for cluster-scoped kinds. */
export interface Owner {
  kind: string;
  namespace: string;
  name: string;
}

const maxNameLength = 63;
const hashLength = 10;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Returns the name of the host object that mirrors `owner` in the virtual cluster `id`: `<name>-<namespace>-<hash>`, at
 * most 63 characters, a DNS-1035 label (RFC 1035), so that it is legal for every kind, Services included.
 * Equal input gives equal output for ever; different input gives different output (50 bits
 * of SHA-256 decide where the readable part had to be cut or could be read in two ways).
 */
export function hostName(id: string, owner: Owner): string {
  const readable = `${owner.name}-${owner.namespace}`
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '');
  const cut = readable.slice(0, maxNameLength - hashLength - 1).replace(/-+$/, '');
  const hash = ownerHash(id, owner);
  return cut === '' ? `k-${hash}` : `${cut}-${hash}`;
}

/** Matches every name that `hostName` gives, and few others: for a regular expression. */
export const hostNamePattern = `[a-z][a-z0-9-]*-[a-z2-7]{${hashLength}}`;
const hostNameShape = new RegExp(`^${hostNamePattern}$`);

/** Whether `name` could be one that `hostName` gives: false is certain, true is not. */
export function mayBeHostName(name: string): boolean {
  return name.length <= maxNameLength && hostNameShape.test(name);
}

/** Returns the 10 base32 characters that tell `owner` from every other object of every virtual cluster. */
export function ownerHash(id: string, owner: Owner): string {
  const digest = createHash('sha256').update([id, owner.kind, owner.namespace, owner.name].join('\0')).digest();
  let text = '';
  for (const byte of digest.subarray(0, hashLength)) text += base32.charAt(byte & 31);
  return text;
}
