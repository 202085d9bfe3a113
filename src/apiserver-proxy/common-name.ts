import type { TLSSocket } from 'node:tls';

/** Returns the common name in the certificate that the client of `socket` has shown; empty if there is none. */
export function commonNameOf(socket: TLSSocket): string {
  const name: unknown = Reflect.get(Object(socket.getPeerCertificate().subject), 'CN');
  return typeof name === 'string' ? name : '';
}
