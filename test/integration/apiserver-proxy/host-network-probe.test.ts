import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHostNetworkProbe } from '../../../src/apiserver-proxy/host-network-probe.ts';
import { silentLog } from '../../../src/log.ts';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import { eventually } from '../../support/eventually.ts';

let server: tls.Server;
let port: number;
let connections: number;
let ca: string;
let time: number;

beforeEach(async () => {
  connections = 0;
  time = 0;
  const authority = await createAuthority('host-ca');
  ca = authority.certPem;
  const { certPem, keyPem } = await authority.issue({
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    days: 1,
  });
  server = tls.createServer({ cert: certPem, key: keyPem }, (socket) => socket.on('error', () => undefined));
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => void server.close());

function probe(trust: Parameters<typeof createHostNetworkProbe>[0]['trust'], addresses = ['127.0.0.1']) {
  return createHostNetworkProbe({ addresses, port, trust, log: silentLog, now: () => time });
}

describe('this machine is in the network of the host', () => {
  it('when the host API server answers at the address of its Service', async () => {
    expect(await probe(async () => ({ ca }))()).toBe(true);
    expect(await probe(async () => ({ ca }), ['192.0.2.1', '127.0.0.1'])()).toBe(true);
  });

  it('as found out once for many questions, and again later', async () => {
    const isInside = probe(async () => ({ ca }));
    expect(await Promise.all([isInside(), isInside(), isInside()])).toEqual([true, true, true]);
    expect(connections).toBe(1);
    time += 10 * 60_000 + 1;
    expect(await isInside()).toBe(true);
    await eventually(() => expect(connections).toBe(2));
  });

  it('until it has left: an old answer is given once more while a new one is found out', async () => {
    const isInside = probe(async () => ({ ca }));
    expect(await isInside()).toBe(true);
    server.close();
    time += 10 * 60_000 + 1;
    expect(await isInside()).toBe(true);
    await eventually(async () => expect(await isInside()).toBe(false));
  });
});

describe('this machine is not in the network of the host', () => {
  it('when another server answers there', async () => {
    const other = await createAuthority('other-ca');
    expect(await probe(async () => ({ ca: other.certPem }))()).toBe(false);
  });

  it('when the kubeconfig trusts whomever it meets', async () => {
    expect(await probe(async () => ({ ca, rejectUnauthorized: false }))()).toBe(false);
  });

  it('when nobody answers, or the credentials cannot be read', async () => {
    expect(await probe(async () => ({ ca }), ['192.0.2.1'])()).toBe(false);
    const broken = async () => {
      throw new Error('no such file');
    };
    expect(await probe(broken)()).toBe(false);
  });
});
