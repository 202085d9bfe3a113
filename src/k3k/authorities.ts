import { authorityRenewalReason } from '../control-plane/certificate-renewal.ts';
import type { KeyPair } from '../control-plane/certificates.ts';
import { givenServiceAccountKey } from '../control-plane/given-authority.ts';
import type { Secret } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { customAuthority, customServiceAccountKey } from './custom-authorities.ts';
import { namesOf } from './names.ts';
import { pairIn, secretOfTexts, textIn, textsOfPairs } from './secret-texts.ts';
import type { AuthoritySource } from './types.ts';

type Context = Pick<ClusterContext, 'cluster' | 'spec' | 'authorities' | 'secrets'>;

/** The authorities of k3s, by their files below `server/tls`: who gives them, and what those are called that are made. */
export const k3sAuthorities = {
  'server-ca': { source: 'serverCA', commonName: 'k3s-server-ca' },
  'client-ca': { source: 'clientCA', commonName: 'k3s-client-ca' },
  'request-header-ca': { source: 'requestHeaderCA', commonName: 'k3s-request-header-ca' },
} as const satisfies Record<string, { source: AuthoritySource; commonName: string }>;

/** Its key for tokens of service accounts. */
export const k3sServiceAccountFile = 'service.key';

/**
 * Returns the Secret with the authorities of a cluster in mode virtual as it has to be written: those that the Cluster gives, and new ones for the others. Undefined if that in the
 * context is good, and for clusters in mode shared, whose servers make theirs. k3s takes them at its first start; that the controller has them is how it can issue a kubeconfig.
 */
export async function authorities(context: Context, now = new Date()): Promise<Secret | undefined> {
  const { cluster, spec, authorities: found } = context;
  if (spec.mode !== 'virtual') return undefined;
  const { createAuthority, createServiceAccountKey } = await import('../control-plane/certificates.ts');
  const pairs: Record<string, KeyPair> = {};
  for (const [base, { source, commonName }] of Object.entries(k3sAuthorities)) {
    const before = pairIn(found, base);
    const isGood = before && authorityRenewalReason(before, now) === undefined;
    pairs[base] = isGood ? before : (customAuthority(context, source) ?? (await createAuthority(commonName, now)));
  }
  const ownKey = textIn(found, k3sServiceAccountFile);
  const serviceKey =
    ownKey !== undefined && 'value' in givenServiceAccountKey(ownKey)
      ? ownKey
      : (customServiceAccountKey(context) ?? (await createServiceAccountKey()).privatePem);
  const texts = { ...textsOfPairs(pairs), [k3sServiceAccountFile]: serviceKey };
  const isSame = Object.entries(texts).every(([key, text]) => textIn(found, key) === text);
  return isSame ? undefined : secretOfTexts(cluster, namesOf(cluster.metadata.name).authorities, texts);
}
