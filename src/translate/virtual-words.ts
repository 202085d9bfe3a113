import { hostNamePattern } from './names.ts';

const names = new RegExp(`(?<![a-z0-9-])${hostNamePattern}(?![a-z0-9-])`, 'g');

/** Returns `value` with each host name in its texts, at any depth, replaced by the virtual name that `nameOf` gives for it, if it gives one. */
export function inVirtualWords<T>(value: T, nameOf: (hostName: string) => string | undefined): T;
export function inVirtualWords(value: unknown, nameOf: (hostName: string) => string | undefined): unknown {
  if (typeof value === 'string') return value.replace(names, (hostName) => nameOf(hostName) ?? hostName);
  if (Array.isArray(value)) return value.map((item) => inVirtualWords(item, nameOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, inVirtualWords(inner, nameOf)]));
}
