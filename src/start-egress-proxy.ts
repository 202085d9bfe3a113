import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ConnectServer, type OpenTarget, createConnectServer } from './apiserver-proxy/connect-server.ts';
import { listenPrivately } from './apiserver-proxy/private-socket.ts';
import type { StoredKeyPair } from './control-plane/certificate-files.ts';
import type { EgressProxy } from './control-plane/egress.ts';
import type { Logger } from './log.ts';
import type { Platform } from './platform/platform.ts';

const serverDays = 3650;

/** Starts one CONNECT server on `transport`; a socket lies in `folder`. */
export async function startEgressProxy({
  name,
  open,
  transport,
  folder,
  authority,
  client,
  log,
}: {
  name: string;
  open: OpenTarget;
  transport: Platform['egressTransport'];
  folder: string;
  /** Signs the server's certificate and the client's. */
  authority: StoredKeyPair;
  client: StoredKeyPair;
  log: Logger;
}): Promise<{ proxy: EgressProxy; server: ConnectServer }> {
  if (transport === 'unix') {
    const server = createConnectServer({ name, open, log });
    const socket = join(folder, `${name}.sock`);
    await listenPrivately(server.server, socket);
    return { proxy: { socket }, server };
  }
  const { toAuthority } = await import('./control-plane/certificates.ts');
  const { certPem, keyPem } = await toAuthority(authority).issue({
    commonName: 'k3v-egress',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    days: serverDays,
  });
  const server = createConnectServer({
    name,
    open,
    tls: { certPem, keyPem, clientCaPem: authority.certPem },
    log,
  });
  server.server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const { certFile, keyFile } = client;
  return { proxy: { url: `https://127.0.0.1:${port}`, caFile: authority.certFile, certFile, keyFile }, server };
}
