import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/kube/errors.ts';
import { type RawClient, createRawClient } from '../../../src/kube/raw-request.ts';
import { eventually } from '../../support/eventually.ts';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.ts';

describe('a raw client', () => {
  let host: StreamingHost;
  let client: RawClient;
  let token = 'first';

  beforeEach(async () => {
    token = 'first';
    host = await startStreamingHost();
    client = createRawClient({
      server: host.url,
      credentials: async ({ renew = false } = {}) => {
        if (renew) token = 'second';
        return { tls: { ca: host.caPem }, headers: { authorization: `Bearer ${token}` } };
      },
    });
  });
  afterEach(async () => {
    client.close();
    await host.stop();
  });

  const upgradeHeaders = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };

  it('hands over an answer before its body is complete', async () => {
    host.onRequest = (_, response) => response.write('first line\n');
    const answer = await client.stream({ method: 'GET', path: '/log?follow=true' });
    const [chunk] = (await once(answer, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('first line\n');
    answer.destroy();
    await eventually(() => expect(host.connections()).toBe(0));
  });

  it('renews its credentials once for a stream, and once for an upgrade', async () => {
    host.onRequest = ({ headers }, response) =>
      response.writeHead(headers.authorization === 'Bearer second' ? 200 : 401).end('log');
    expect(await text(await client.stream({ method: 'GET', path: '/log' }))).toBe('log');
    token = 'first';
    host.onUpgrade = ({ headers }, socket) =>
      socket.end(
        headers.authorization === 'Bearer second'
          ? 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\nhello'
          : 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n',
      );
    const { upgraded } = await client.upgrade({ method: 'POST', path: '/exec', headers: upgradeHeaders });
    expect(upgraded?.head.toString()).toBe('hello');
    upgraded?.socket.destroy();
    expect(host.requests).toHaveLength(4);
  });

  it('keeps the half of an upgraded connection that is still open', async () => {
    host.onUpgrade = (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\n');
      const received = text(socket);
      received.then((all) => socket.end(`got ${all}`)).catch(() => undefined);
    };
    const { upgraded } = await client.upgrade({ method: 'POST', path: '/exec', headers: upgradeHeaders });
    const received = upgraded && text(upgraded.socket);
    upgraded?.socket.end('all there is');
    expect(await received).toBe('got all there is');
  });

  it('is no longer bound by the limit of the client on connections', async () => {
    host.onRequest = (_, response) => response.write('line\n');
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () => await client.stream({ method: 'GET', path: '/log' })),
    );
    expect(host.connections()).toBe(100);
    for (const answer of answers) answer.destroy();
    await eventually(() => expect(host.connections()).toBe(0));
  });

  it('ends a request whose signal aborts before there is an answer, and says why', async () => {
    host.onRequest = () => undefined;
    const ending = new AbortController();
    const waiting = client.stream({ method: 'GET', path: '/log', signal: ending.signal }).catch((why: unknown) => why);
    await eventually(() => expect(host.requests).toHaveLength(1));
    const gone = new Error('the client is gone');
    ending.abort(gone);
    expect(await waiting).toBe(gone);
    await eventually(() => expect(host.connections()).toBe(0));
  });

  it('rejects with a ConnectionError when the host is away', async () => {
    await host.stop();
    const error = await client
      .upgrade({ method: 'POST', path: '/exec', headers: upgradeHeaders })
      .catch((why: unknown) => why);
    expect(error).toBeInstanceOf(ConnectionError);
    host = await startStreamingHost();
  });

  it('ends what is open when it is closed', async () => {
    host.onRequest = (_, response) => response.write('line\n');
    host.onUpgrade = (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\n');
      socket.resume().on('end', () => socket.end());
    };
    const answer = await client.stream({ method: 'GET', path: '/log' });
    answer.on('error', () => undefined);
    await client.upgrade({ method: 'POST', path: '/exec', headers: upgradeHeaders });
    expect(host.connections()).toBe(2);
    client.close();
    await eventually(() => expect(host.connections()).toBe(0));
  });
});
