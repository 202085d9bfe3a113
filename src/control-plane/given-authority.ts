import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyPair } from './certificates.ts';
import { certificatesIn, isSelfSigned } from './pem-certificates.ts';
import { algorithmOf } from './signing-algorithm.ts';

/** What somebody gave, as k3v keeps its own; or what is wrong with it, to follow the name of the thing. */
export type Given<T> = { value: T } | { wrong: string };

/**
 * Returns the authority whose certificate is the first in `certText`, the others being those that it descends from, and whose key is in `keyText`: PEM of PKCS #8, PKCS #1 or
 * SEC 1. It must be an authority with a key of RSA or of a NIST curve, and valid at `now`, and all that it descends from must be there: who trusts it verifies up to a root.
 */
export function givenAuthority(certText: string, keyText: string, now: Date): Given<KeyPair> {
  const certPems = certificatesIn(certText);
  const [own] = certPems;
  if (own === undefined) return { wrong: 'holds no certificate' };
  let certificates: X509Certificate[];
  try {
    certificates = certPems.map((pem) => new X509Certificate(pem));
  } catch {
    return { wrong: 'holds a certificate that cannot be read' };
  }
  const key = privateKeyIn(keyText);
  if (!key) return { wrong: 'has a key that cannot be read: it must be PEM without a passphrase' };
  const [certificate = new X509Certificate(own)] = certificates;
  if (!certificate.checkPrivateKey(key)) return { wrong: 'has a key that belongs to another certificate' };
  if (!certificate.ca) return { wrong: 'is not an authority: it may not sign certificates' };
  if (!algorithmOf(key)) return { wrong: `has a key of the kind ${key.asymmetricKeyType}: it must be RSA or ECDSA` };
  for (const { subject, validFromDate, validToDate } of certificates) {
    const name = subject.replaceAll('\n', ', ');
    if (validToDate.getTime() <= now.getTime()) {
      return { wrong: `has expired: ${name} was valid until ${validToDate.toISOString()}` };
    }
    if (validFromDate.getTime() > now.getTime()) {
      return { wrong: `is not valid yet: ${name} is from ${validFromDate.toISOString()} on` };
    }
  }
  for (const [index, { subject }] of certificates.entries()) {
    const next = certificates[index + 1];
    if (next && !certificates[index]?.verify(next.publicKey)) {
      return { wrong: `is not in order: what follows ${subject.replaceAll('\n', ', ')} did not sign it` };
    }
  }
  if (!isSelfSigned(certPems.at(-1) ?? own)) {
    return { wrong: 'lacks the root that it descends from: append the certificates up to that' };
  }
  return { value: { certPem: certPems.join(''), keyPem: pkcs8(key) } };
}

/** Returns the key in `keyText`, with its public half, that signs tokens of service accounts. */
export function givenServiceAccountKey(keyText: string): Given<{ privatePem: string; publicPem: string }> {
  const key = privateKeyIn(keyText);
  if (!key) return { wrong: 'has a key that cannot be read: it must be PEM without a passphrase' };
  if (!algorithmOf(key)) return { wrong: `has a key of the kind ${key.asymmetricKeyType}: it must be RSA or ECDSA` };
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return { value: { privatePem: pkcs8(key), publicPem } };
}

function privateKeyIn(text: string) {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function pkcs8(key: ReturnType<typeof createPrivateKey>): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
