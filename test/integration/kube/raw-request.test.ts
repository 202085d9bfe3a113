import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientFromKubeConfig } from '../../../src/kube/client-from-kubeconfig.ts';
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

  it.each(['a plugin', 'a token file'])(
    'asks %s of the kubeconfig for a new token when a stream is refused',
    async (kind) => {
      const folder = await mkdtemp(join(tmpdir(), 'k3v-raw-'));
      const file = join(folder, 'token');
      const give = async (given: string) =>
        await writeFile(
          file,
          kind === 'a token file'
            ? given
            : JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token: given } }),
        );
      const apiVersion = 'client.authentication.k8s.io/v1';
      const exec = { apiVersion, command: 'cat', args: [file], interactiveMode: 'Never' };
      const config = new KubeConfig();
      config.loadFromOptions({
        clusters: [{ name: 'c', server: host.url, caData: Buffer.from(host.caPem).toString('base64') }],
        users: [
          {
            name: 'u',
            ...(kind === 'a plugin' ? { exec } : { authProvider: { name: 'tokenFile', config: { tokenFile: file } } }),
          },
        ],
        contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
        currentContext: 'x',
      });
      await give('one');
      const own = clientFromKubeConfig(config);
      let accepted = 'one';
      const isAccepted = ({ headers }: { headers: IncomingHttpHeaders }) =>
        headers.authorization === `Bearer ${accepted}`;
      host.onRequest = (request, response) => response.writeHead(isAccepted(request) ? 200 : 401).end('log');
      host.onUpgrade = (request, socket) =>
        socket.end(
          isAccepted(request)
            ? 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\nhello'
            : 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n',
        );
      const readLog = async () => await text(await own.raw.stream({ method: 'GET', path: '/log' }));
      const startExec = async () => {
        const { upgraded } = await own.raw.upgrade({ method: 'POST', path: '/exec', headers: upgradeHeaders });
        upgraded?.socket.destroy();
        return upgraded?.head.toString();
      };
      expect([await readLog(), await startExec()]).toEqual(['log', 'hello']);
      await give('two');
      accepted = 'two';
      expect([await startExec(), await readLog()]).toEqual(['hello', 'log']);
      await give('three');
      accepted = 'three';
      expect([await readLog(), await startExec()]).toEqual(['log', 'hello']);
      const tokens = host.requests.map(({ headers }) => headers.authorization?.slice(7));
      expect(tokens.join(' ')).toBe('one one one two two two three three');
      own.close();
      await rm(folder, { recursive: true });
    },
  );

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
