import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type CertificateRequest, toAuthority } from '../../src/control-plane/certificates.ts';
import { writeFileAtomically } from '../../src/write-file-atomically.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Puts a certificate for `request` that has been good for 300 of its days in the place of that at `base`, signed by the authority at `authorityBase`. Returns its fingerprint. */
export async function makeOld(base: string, authorityBase: string, request: CertificateRequest): Promise<string> {
  const [certPem, keyPem] = await Promise.all(
    ['crt', 'key'].map(async (kind) => await readFile(`${authorityBase}.${kind}`, 'utf8')),
  );
  const authority = toAuthority({ certPem: certPem ?? '', keyPem: keyPem ?? '' });
  const pair = await authority.issue(request, new Date(Date.now() - 300 * dayMs));
  await writeFileAtomically(`${base}.key`, pair.keyPem);
  await writeFileAtomically(`${base}.crt`, pair.certPem);
  return new X509Certificate(pair.certPem).fingerprint256;
}
