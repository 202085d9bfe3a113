import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ownClientAuthority } from '../control-plane/adopt-keys.ts';
import type { GivenKeys } from '../control-plane/ca-dir.ts';
import { newEncryptionKey } from '../control-plane/secrets-encryption.ts';
import { readIfThere } from '../read-if-there.ts';

/** What all replicas have alike: texts by the names of their files in `<data-dir>/pki/`. What they sign, each issues for itself. */
export type KeyFiles = ReadonlyMap<string, string>;

/** By file, without extension: what stands in the certificate. */
const authorities = {
  ca: 'k3v-ca',
  'front-proxy-ca': 'k3v-front-proxy-ca',
  'admission-ca': 'k3v-admission-ca',
  'apiserver-proxy-ca': 'k3v-apiserver-proxy-ca',
} as const;

/** The path under which the Service webhook is registered. */
export const admissionPathFile = 'admission-path';
/** What opens the keys that k3s keeps in the datastore. */
export const k3sTokenFile = 'k3s-token';
/** By which Secrets are encrypted in the datastore. */
const encryptionKeyFile = 'secrets-encryption.key';

const names = [
  ...Object.keys(authorities).flatMap((base) => [`${base}.crt`, `${base}.key`]),
  // Where servers and users are not known by the same authority.
  'client-ca.crt',
  'client-ca.key',
  'service-account.key',
  'service-account.pub',
  admissionPathFile,
  k3sTokenFile,
  encryptionKeyFile,
];

/** Returns those that are in the data directory. A k3s that made up a token keeps it elsewhere. */
export async function readKeyFiles(dataDir: string): Promise<KeyFiles> {
  const found = new Map<string, string>();
  for (const name of names) {
    const text = await readIfThere(join(dataDir, 'pki', name));
    if (text !== undefined) found.set(name, text);
  }
  const ofK3s = await readIfThere(join(dataDir, 'control-plane', 'k3s', 'server', 'token'));
  if (ofK3s !== undefined && !found.has(k3sTokenFile)) found.set(k3sTokenFile, ofK3s.trim());
  return found;
}

/** Returns `found` with `given`, which it does not contradict, and new keys for what is missing then. A certificate whose key is missing is made anew with it. */
export async function completeKeyFiles(found: KeyFiles, given: GivenKeys = new Map()): Promise<KeyFiles> {
  const { createAuthority, createServiceAccountKey } = await import('../control-plane/certificates.ts');
  const all = new Map([...found, ...given]);
  if (!found.has('ca.crt') && !found.has('client-ca.crt')) {
    for (const [name, text] of await ownClientAuthority(given)) all.set(name, text);
  }
  for (const [base, commonName] of Object.entries(authorities)) {
    if (all.has(`${base}.crt`) && all.has(`${base}.key`)) continue;
    const { certPem, keyPem } = await createAuthority(commonName);
    all.set(`${base}.crt`, certPem).set(`${base}.key`, keyPem);
  }
  if (!all.has('service-account.key') || !all.has('service-account.pub')) {
    const { privatePem, publicPem } = await createServiceAccountKey();
    all.set('service-account.key', privatePem).set('service-account.pub', publicPem);
  }
  if (!all.has(admissionPathFile)) all.set(admissionPathFile, `/${randomBytes(24).toString('base64url')}`);
  if (!all.has(encryptionKeyFile)) all.set(encryptionKeyFile, newEncryptionKey());
  if (!all.has(k3sTokenFile)) all.set(k3sTokenFile, randomBytes(24).toString('hex'));
  return all;
}
