import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectServer, createConnectServer } from '../../../src/apiserver-proxy/connect-server.ts';
import { type Authority, type KeyPair, createAuthority } from '../../../src/control-plane/certificates.ts';
import { silentLog } from '../../../src/log.ts';

let authority: Authority;
let connectServer: ConnectServer;
let opened: number;

beforeEach(async () => {
  opened = 0;
  authority = await createAuthority('ours');
  const { certPem, keyPem } = await authority.issue({
    commonName: 'k3v-egress',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    days: 1,
  });
  connectServer = createConnectServer({
    name: 'cluster',
    tls: { certPem, keyPem, clientCaPem: authority.certPem },
    log: silentLog,
    open: async () => {
      opened++;
      return (connection) => connection.end('hello');
    },
  });
  connectServer.server.listen(0, '127.0.0.1');
  await once(connectServer.server, 'listening');
});

afterEach(async () => await connectServer.close());

async function connect(client: KeyPair | undefined): Promise<string> {
  const { port } = connectServer.server.address() as AddressInfo;
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    ca: authority.certPem,
    ...(client ? { cert: client.certPem, key: client.keyPem } : {}),
  });
  socket.write('CONNECT 10.1.0.7:443 HTTP/1.1\r\nHost: a\r\n\r\n');
  return (await buffer(socket)).toString();
}

const clientOf = async (issuer: Authority) =>
  await issuer.issue({ commonName: 'kube-apiserver-kubelet-client', usages: ['client'], days: 1 });

describe('the CONNECT server on a port', () => {
  it('serves the API server, by its certificate', async () => {
    expect(await connect(await clientOf(authority))).toBe('HTTP/1.1 200 OK\r\n\r\nhello');
  });

  it.each([
    ['without a certificate', undefined],
    ['with one of another authority', 'other'],
  ])('serves nobody %s', async (_, issuer) => {
    const client = issuer ? await clientOf(await createAuthority(issuer)) : undefined;
    expect(await connect(client).catch(() => '')).toBe('');
    expect(opened).toBe(0);
  });
});
