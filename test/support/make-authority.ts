import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from '../../src/control-plane/certificates.ts';

const algorithms = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
};
const dayMs = 24 * 60 * 60 * 1000;

/** An authority as an organisation may have it: its certificate comes first, then those that it descends from. Its key is in the form that openssl writes. */
export interface MadeAuthority extends KeyPair {
  keys: webcrypto.CryptoKeyPair;
  kind: keyof typeof algorithms;
}

/** Makes one, a root or signed by `by`, which is valid from a day ago until `days` from now. */
export async function makeAuthority(
  name: string,
  {
    kind = 'P-256',
    by,
    days = 30,
    isAuthority = true,
  }: { kind?: MadeAuthority['kind']; by?: MadeAuthority; days?: number; isAuthority?: boolean } = {},
): Promise<MadeAuthority> {
  const algorithm = algorithms[kind];
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: by
      ? new x509.X509Certificate(by.certPem.split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? '').subjectName
      : [{ CN: [name] }],
    notBefore: new Date(Date.now() - 40 * dayMs),
    notAfter: new Date(Date.now() + days * dayMs),
    publicKey: keys.publicKey,
    signingKey: by?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: algorithms[by?.kind ?? kind],
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const keyPem = key.export({ type: kind === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem' }).toString();
  return { certPem: `${certificate.toString('pem')}\n${by?.certPem ?? ''}`, keyPem, keys, kind };
}
