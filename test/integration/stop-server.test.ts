import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/control-plane/certificates.ts';
import { stopOf } from '../../src/stop-server.ts';
import { eventually } from '../support/eventually.ts';

async function listening(server: http.Server | https.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('stopping a server', () => {
  it('that has never listened does nothing', async () => {
    const server = http.createServer();
    await stopOf(server)();
    expect(server.listening).toBe(false);
  });

  it('ends a request that is under way, and what is kept open', async () => {
    let asked = 0;
    const server = http.createServer((request, response) => {
      asked += 1;
      if (request.url === '/now') response.end();
    });
    const stop = stopOf(server);
    const port = await listening(server);
    const agent = new http.Agent({ keepAlive: true });
    const [answer] = await once(http.get({ agent, port, path: '/now' }), 'response');
    answer.resume();
    const ended = once(http.get({ port, path: '/later' }), 'response').then(
      () => 'was answered',
      (error: Error) => error.message,
    );
    await eventually(() => expect(asked).toBe(2));
    await stop();
    expect(await ended).toBe('socket hang up');
    agent.destroy();
  });

  it('ends a connection whose TLS handshake has just begun, which its client would use again and again', async () => {
    const authority = await createAuthority('test');
    const { certPem, keyPem } = await authority.issue({
      commonName: 'server',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      days: 1,
    });
    const server = https.createServer({ cert: certPem, key: keyPem }, (_, response) => void response.end());
    const stop = stopOf(server);
    const port = await listening(server);
    // Sends its first words when it is told to.
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    await eventually(async () => expect(await countOf(server)).toBe(1));
    const stopped = stop();
    const client = tls.connect({ socket, host: '127.0.0.1', ca: authority.certPem });
    const outcome = await Promise.race([
      once(client, 'secureConnect').then(
        () => 'is let in',
        () => 'is ended',
      ),
      once(client, 'close').then(() => 'is ended'),
    ]);
    expect(outcome).toBe('is ended');
    client.destroy();
    await stopped;
  });
});

const countOf = async (server: net.Server) =>
  await new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
