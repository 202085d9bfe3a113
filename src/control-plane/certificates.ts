import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { certificatesIn, firstCertificate, isSelfSigned } from './pem-certificates.ts';
import { algorithmOf } from './signing-algorithm.ts';

/** A certificate and its private key; PEM text, the key as PKCS #8. */
export interface KeyPair {
  certPem: string;
  keyPem: string;
}

/** What a certificate shall say. */
export interface CertificateRequest {
  /** For Kubernetes the user name of a client. */
  commonName: string;
  /** For Kubernetes the groups of a client. */
  organizations?: readonly string[];
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
  usages: readonly ('client' | 'server')[];
  days: number;
}

/** A certificate authority that can sign. Its certificate may be followed by those that it descends from. */
export interface Authority extends KeyPair {
  /** Returns a new key with a certificate that is valid from `now` on, followed by what leads from it to a root. */
  issue(request: CertificateRequest, now?: Date): Promise<KeyPair>;
}

const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
/** Forgives a peer whose clock is behind, also by hours: a machine that took the time of its zone for UTC. */
const backdateMs = dayMs;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const usageOids = { client: x509.ExtendedKeyUsage.clientAuth, server: x509.ExtendedKeyUsage.serverAuth };

/** Makes an authority with a new P-256 key, valid for ten years. */
export async function createAuthority(commonName: string, now = new Date()): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    ...validity(now, authorityDays),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toAuthority({ certPem: pem(certificate), keyPem: await exportKey(keys.privateKey) });
}

/** Returns the authority whose certificate and key are in `pair`. */
export function toAuthority(pair: KeyPair): Authority {
  return { ...pair, issue: (request, now = new Date()) => issue(pair, request, now) };
}

async function issue(authority: KeyPair, request: CertificateRequest, now: Date): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(firstCertificate(authority.certPem));
  const signer = signerOf(authority.keyPem);
  const keys = await generateKeys();
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns', value }) as const),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip', value }) as const),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: nameOf(request),
    issuer: issuer.subjectName,
    ...validity(now, request.days),
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: signer.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((usage) => usageOids[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  const chain = certificatesIn(authority.certPem).filter((text) => !isSelfSigned(text));
  return { certPem: [pem(certificate), ...chain].join(''), keyPem: await exportKey(keys.privateKey) };
}

/** Makes a new key and the request (PKCS #10, PEM) that an authority elsewhere signs a certificate by. */
export async function createSigningRequest(
  subject: Pick<CertificateRequest, 'commonName' | 'organizations'>,
): Promise<{ requestPem: string; keyPem: string }> {
  const keys = await generateKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(subject),
    keys,
    signingAlgorithm: algorithm,
  });
  return { requestPem: `${request.toString('pem')}\n`, keyPem: await exportKey(keys.privateKey) };
}

/** Makes the RSA key that signs service-account tokens: RS256 is the one algorithm every OIDC verifier knows. */
export async function createServiceAccountKey(): Promise<{ privatePem: string; publicPem: string }> {
  const keys = await webcrypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  );
  const publicKey = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return {
    privatePem: await exportKey(keys.privateKey),
    publicPem: `${x509.PemConverter.encode(publicKey, 'PUBLIC KEY')}\n`,
  };
}

function nameOf({ commonName, organizations = [] }: Pick<CertificateRequest, 'commonName' | 'organizations'>) {
  return [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** An authority that k3v did not make may have an RSA key, or one on another curve. */
function signerOf(keyPem: string): { key: webcrypto.CryptoKey; algorithm: webcrypto.Algorithm } {
  const key = createPrivateKey(keyPem);
  const own = algorithmOf(key);
  if (!own) throw new Error(`no certificate can be signed with a key of the kind ${key.asymmetricKeyType}`);
  return { key: key.toCryptoKey(own, false, ['sign']), algorithm: own };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - backdateMs), notAfter: new Date(now.getTime() + days * dayMs) };
}
