import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenTarget, ConnectRefused } from '../../../src/apiserver-proxy/connect-server.ts';
import { webhookTargets } from '../../../src/apiserver-proxy/open-target.ts';

const others: OpenTarget = async () => {
  throw new ConnectRefused(403, 'not of this cluster');
};
const server = createServer((socket) => socket.end('the webhook'));
let port: number;
let ends: Socket[];

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  ends = [];
});
afterEach(async () => {
  for (const end of ends) end.destroy();
  server.close();
  await once(server, 'close');
});

/** Returns what is at the other end of a connection to `target`. */
async function heardAt(open: OpenTarget, host: string, at: number): Promise<string> {
  const takeOver = await open({ host, isAddress: true, port: at }, new AbortController().signal);
  const pair = createServer();
  pair.listen(0, '127.0.0.1');
  await once(pair, 'listening');
  const near = connect((pair.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(pair, 'connection')) as [Socket];
  pair.close();
  ends.push(near, far);
  takeOver(far);
  const chunks: Buffer[] = [];
  for await (const chunk of near) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('webhooks that are registered by URL', () => {
  it('are k3v’s own at the port of its registration, wherever it listens', async () => {
    expect(
      await heardAt(
        webhookTargets(() => ({ named: 443, port }), others),
        '127.0.0.1',
        443,
      ),
    ).toBe('the webhook');
  });

  it.each([
    ['the port where it listens', '127.0.0.1', 0],
    ['another address', '192.0.2.1', 443],
  ])('are nothing else on this machine: %s', async (_what, host, at) => {
    const open = webhookTargets(() => ({ named: 443, port }), others);
    await expect(heardAt(open, host, at || port)).rejects.toThrow('not of this cluster');
  });

  it('are refused before k3v has one', async () => {
    await expect(
      heardAt(
        webhookTargets(() => undefined, others),
        '127.0.0.1',
        443,
      ),
    ).rejects.toThrow('not of this');
  });
});
