import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CertificateRequest, KeyPair } from './certificates.ts';

const renewAtFraction = 0.3;

/**
 * Returns why `pair` must be issued again at `now`, or undefined when it will do: it is damaged, key and certificate do not
 * belong together, another authority signed it, it says something else than `request`, or less than 30 % of its life is left.
 */
export function renewalReason(
  pair: KeyPair,
  authorityPem: string,
  request: CertificateRequest,
  now: Date,
): string | undefined {
  try {
    const certificate = new X509Certificate(pair.certPem);
    const authority = new X509Certificate(authorityPem);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return 'its key belongs to another certificate';
    if (!certificate.verify(authority.publicKey)) return 'another authority signed it';
    if (subjectOf(certificate) !== subjectOf(request)) return 'it is for another subject';
    if (namesOf(certificate) !== namesOf(request)) return 'it is for other addresses';
    return ageReason(certificate, now);
  } catch {
    return 'it is damaged';
  }
}

/** Returns why the authority `pair` must be made anew at `now`, or undefined when it will do. It serves to its very end. */
export function authorityRenewalReason(pair: KeyPair, now: Date): string | undefined {
  try {
    const certificate = new X509Certificate(pair.certPem);
    if (!certificate.ca) return 'it is not an authority';
    if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return 'its key belongs to another certificate';
    return certificate.validToDate.getTime() <= now.getTime() ? 'it has expired' : undefined;
  } catch {
    return 'it is damaged';
  }
}

function ageReason(certificate: X509Certificate, now: Date): string | undefined {
  const begin = certificate.validFromDate.getTime();
  const end = certificate.validToDate.getTime();
  if (now.getTime() < begin) return 'it is not valid yet';
  return end - now.getTime() < renewAtFraction * (end - begin) ? 'it expires soon' : undefined;
}

function subjectOf(source: X509Certificate | CertificateRequest): string {
  if (source instanceof X509Certificate) return source.subject.split('\n').sort().join('\n');
  const organizations = (source.organizations ?? []).map((name) => `O=${name}`);
  return [...organizations, `CN=${source.commonName}`].sort().join('\n');
}

/** Node prints alternative names as `DNS:a, IP Address:10.0.0.1`, IPv6 addresses in full and in capitals. */
function namesOf(source: X509Certificate | CertificateRequest): string {
  const names =
    source instanceof X509Certificate
      ? (source.subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''))
      : [...(source.dnsNames ?? []), ...(source.ipAddresses ?? [])];
  return [...new Set(names.filter((name) => name !== '').map(canonicalName))].sort().join('\n');
}

function canonicalName(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname : name;
}
