import { readIfThere } from '../read-if-there.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { authorityRenewalReason, renewalReason } from './certificate-renewal.ts';
import type { CertificateRequest, KeyPair } from './certificates.ts';

/** A key pair and where it lies: `<base>.crt` and `<base>.key`, mode 0600. */
export interface StoredKeyPair extends KeyPair {
  certFile: string;
  keyFile: string;
  /** Why it was made anew just now; undefined when it was there and good. */
  renewed: string | undefined;
}

/** Loads the authority at `base`, or makes it when it is missing, damaged or past its end. */
export function loadOrCreateAuthority(base: string, commonName: string, now = new Date()): Promise<StoredKeyPair> {
  return loadOrMake(
    base,
    (pair) => authorityRenewalReason(pair, now),
    async () => (await import('./certificates.ts')).createAuthority(commonName, now),
  );
}

/** Loads the certificate at `base`, or has `authority` issue it when `renewalReason` finds a reason. */
export function loadOrIssue(
  base: string,
  authority: KeyPair,
  request: CertificateRequest,
  now = new Date(),
): Promise<StoredKeyPair> {
  return loadOrMake(
    base,
    (pair) => renewalReason(pair, authority.certPem, request, now),
    async () => (await import('./certificates.ts')).toAuthority(authority).issue(request, now),
  );
}

/** Loads, or makes once and for all, the key that signs service-account tokens: `<base>.key` and `<base>.pub`. */
export async function loadOrCreateServiceAccountKey(base: string): Promise<{ keyFile: string; publicFile: string }> {
  const files = { keyFile: `${base}.key`, publicFile: `${base}.pub` };
  const [keyPem, publicPem] = await Promise.all([readIfThere(files.keyFile), readIfThere(files.publicFile)]);
  if (keyPem !== undefined && publicPem !== undefined) return files;
  const key = await (await import('./certificates.ts')).createServiceAccountKey();
  await writeFileAtomically(files.keyFile, key.privatePem);
  await writeFileAtomically(files.publicFile, key.publicPem);
  return files;
}

/** The x509 library takes 100 ms to load, hence the late imports above: a start that finds all its files needs none of it. */
async function loadOrMake(
  base: string,
  reasonAgainst: (pair: KeyPair) => string | undefined,
  make: () => Promise<KeyPair>,
): Promise<StoredKeyPair> {
  const files = { certFile: `${base}.crt`, keyFile: `${base}.key` };
  const [certPem, keyPem] = await Promise.all([readIfThere(files.certFile), readIfThere(files.keyFile)]);
  const found = certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
  const renewed = found ? reasonAgainst(found) : 'it did not exist';
  if (found && renewed === undefined) return { ...found, ...files, renewed };
  const pair = await make();
  await writeFileAtomically(files.keyFile, pair.keyPem);
  await writeFileAtomically(files.certFile, pair.certPem);
  return { certPem: pair.certPem, keyPem: pair.keyPem, ...files, renewed };
}
