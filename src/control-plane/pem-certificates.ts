import { X509Certificate } from 'node:crypto';

/** Returns the certificates in `pem`, one after the other, each as PEM of its own with a newline at its end. */
export function certificatesIn(pem: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return found.map((text) => `${text}\n`);
}

/** Returns the first certificate in `pem`: that of the authority itself, where others follow that it descends from. Empty if there is none. */
export function firstCertificate(pem: string): string {
  return certificatesIn(pem)[0] ?? '';
}

/** Returns whether the certificate in `pem` is a root. */
export function isSelfSigned(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}
