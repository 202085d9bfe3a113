import { createHash } from 'node:crypto';

/** Domain of every label and annotation key that is k3v's own. */
export const ownDomain = 'k3v.io';
/** Added to the domain of a tenant's label key on the host, so that no host selector matches it by accident. */
const tenantDomain = 'v.k3v.io';
/** In the place of a domain too long to take it: no tenant's domain ends so on the host. */
const hashedDomain = 'hash.k3v.io';
const maxPrefixLength = 253;

/** Whether `key` is k3v's own, so that a tenant may not set it. */
export function isOwnKey(key: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return prefix === ownDomain || prefix.endsWith(`.${ownDomain}`);
}

/**
 * Returns the key under which a tenant's label stands on the host: `app` → `v.k3v.io/app`,
 * `app.kubernetes.io/name` → `app.kubernetes.io.v.k3v.io/name`. Injective; a domain too long to take the suffix is
 * replaced by its hash.
 */
export function hostLabelKey(key: string): string {
  const slash = key.indexOf('/');
  if (slash < 0) return `${tenantDomain}/${key}`;
  const domain = `${key.slice(0, slash)}.${tenantDomain}`;
  if (domain.length <= maxPrefixLength) return `${domain}${key.slice(slash)}`;
  const hash = createHash('sha256').update(key.slice(0, slash)).digest('hex').slice(0, 40);
  return `x-${hash}.${hashedDomain}${key.slice(slash)}`;
}

/** Returns `labels` with every key as it stands on the host; k3v's own keys are left out. */
export function hostLabels(labels: Record<string, string> | undefined): Record<string, string> {
  const translated: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels ?? {})) if (!isOwnKey(key)) translated[hostLabelKey(key)] = value;
  return translated;
}

/** Whether `key`, on a host object, is the translation of a tenant's label key. */
export function isTenantLabelOnHost(key: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return prefix === tenantDomain || prefix.endsWith(`.${tenantDomain}`) || prefix.endsWith(`.${hashedDomain}`);
}
