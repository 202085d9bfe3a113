import { once } from 'node:events';
import tls from 'node:tls';

/** Returns the fingerprint (SHA-256) of what a server at `port` of the loopback shows, which must be signed by `caPem`. */
export async function shownCertificate(port: number, caPem: string): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca: caPem });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().fingerprint256;
  } finally {
    socket.destroy();
  }
}
