import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mutualTlsOptions } from '../../src/apiserver-proxy/mutual-tls.ts';
import { type KeyPair, createAuthority } from '../../src/control-plane/certificates.ts';
import { tlsPolicy } from '../../src/tls-policy.ts';
import { type Offer, soundOffers, takesOffer, weakOffers } from '../support/tls-handshake.ts';

let pair: KeyPair;
let server: tls.Server;

beforeAll(async () => {
  const authority = await createAuthority('ours');
  pair = await authority.issue({ commonName: 'k3v', ipAddresses: ['127.0.0.1'], usages: ['server'], days: 1 });
});

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

async function serve(options: tls.TlsOptions): Promise<number> {
  server = tls.createServer({ cert: pair.certPem, key: pair.keyPem, ...options }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function taken(port: number, offers: Offer[]): Promise<Offer[]> {
  const answers = await Promise.all(offers.map(async (offer) => await takesOffer(port, offer)));
  return offers.filter((_offer, index) => answers[index]);
}

describe('a TLS server of k3v', () => {
  it('speaks TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, and nothing else', async () => {
    const port = await serve(tlsPolicy);
    expect(await taken(port, soundOffers)).toEqual(soundOffers);
    expect(await taken(port, weakOffers)).toEqual([]);
  });

  it('does so, too, where it asks for a certificate', () => {
    const { certPem, keyPem } = pair;
    expect(mutualTlsOptions({ certPem, keyPem, clientCaPem: certPem })).toMatchObject(tlsPolicy);
  });
});

it('what is weak would be taken by a server that has nothing against it, so that a refusal says something', async () => {
  const port = await serve({ minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' });
  const old = await taken(port, weakOffers);
  expect(old.map(({ version }) => version)).toEqual(expect.arrayContaining(['TLSv1', 'TLSv1.1', 'TLSv1.2']));
  expect(old).toContainEqual({ version: 'TLSv1.2', cipher: 'ECDHE-ECDSA-AES128-SHA' });
});
