import { once } from 'node:events';
import tls from 'node:tls';

/** What a client speaks: one version, and one cipher suite or all that OpenSSL has. */
export interface Offer {
  version: tls.SecureVersion;
  /** As OpenSSL calls it. */
  cipher?: string;
}

/** Ways to speak TLS that are not to be spoken any more: old versions, and of version 1.2 what has no forward secrecy or no authenticated encryption. */
export const weakOffers: Offer[] = [
  { version: 'TLSv1' },
  { version: 'TLSv1.1' },
  ...tls
    .getCiphers()
    .map((name) => name.toUpperCase())
    // A client offers these only with keys or passwords that it shares with the server.
    .filter((name) => !/PSK|SRP/.test(name))
    .filter((name) => !name.startsWith('TLS_') && !/^ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM|CHACHA20)/.test(name))
    .map((cipher) => ({ version: 'TLSv1.2' as const, cipher })),
];

/** What a server has to speak: HTTP/2 wants the first suite. */
export const soundOffers: Offer[] = [
  { version: 'TLSv1.2', cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  { version: 'TLSv1.2', cipher: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
  { version: 'TLSv1.3' },
];

/** Returns whether a server at `port` of the loopback takes the offer. Whom it shows itself as does not matter. */
export async function takesOffer(port: number, { version, cipher = 'ALL' }: Offer): Promise<boolean> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    minVersion: version,
    maxVersion: version,
    // Level 0 lets the client offer what it would not by itself.
    ciphers: version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : `${cipher}:@SECLEVEL=0`,
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(10_000) });
    return true;
  } catch (error) {
    // Nobody there, or nobody who answers, is no refusal.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ECONNREFUSED' || code === 'ABORT_ERR' || code === 'ERR_SSL_NO_CIPHERS_AVAILABLE') throw error;
    return false;
  } finally {
    socket.destroy();
  }
}
