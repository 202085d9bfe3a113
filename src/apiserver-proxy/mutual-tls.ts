import type { TlsOptions } from 'node:tls';
import { tlsPolicy } from '../tls-policy.ts';

/** The certificate of a server, and the authority that its clients have theirs from; PEM. */
export interface MutualTls {
  certPem: string;
  keyPem: string;
  clientCaPem: string;
}

/** Returns what makes a TLS server refuse everyone without a certificate of that authority. */
export function mutualTlsOptions({ certPem, keyPem, clientCaPem }: MutualTls): TlsOptions {
  return {
    cert: certPem,
    key: keyPem,
    ca: clientCaPem,
    requestCert: true,
    rejectUnauthorized: true,
    ...tlsPolicy,
  };
}
