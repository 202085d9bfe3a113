import type { KeyObject, webcrypto } from 'node:crypto';

/** By OpenSSL's name of the curve: WebCrypto's, and a hash as strong. */
const curves: Record<string, { namedCurve: string; hash: string }> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

type SigningAlgorithm = webcrypto.Algorithm & { hash: string; namedCurve?: string };

/** Returns how certificates are signed with the private key `key`; undefined for a kind that k3v does not sign with. */
export function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm | undefined {
  if (asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = asymmetricKeyType === 'ec' ? curves[asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  return curve && { name: 'ECDSA', ...curve };
}
