import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdKeepAlives } from '../../../src/kube/hold-keep-alives.ts';
import { keepReading } from '../../../src/kube/keep-reading.ts';
import { eventually } from '../../support/eventually.ts';

const output = Buffer.alloc(1_000_000, 'x');
/** In the pieces in which Go writes it. */
const spdyPing = ['8003', '0006', '00000004', '00000001'].map((hex) => Buffer.from(hex, 'hex'));
const webSocketPing = [Buffer.from('898001020304', 'hex')];
let server: Server;
let socket: Socket;
let received: Buffer[];
/** Resolves when the server has handed its last bytes to the kernel and closed. */
let closed: Promise<void>;

beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  closed = promise;
  received = [];
  server = createServer((peer) => {
    peer.on('error', () => undefined);
    peer.on('data', (chunk) => received.push(chunk));
    peer.once('data', () => {
      peer.end(output, () => {
        peer.destroy();
        resolve();
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  keepReading(socket);
  holdKeepAlives(socket);
  socket.pause();
});

afterEach(() => {
  socket.destroy();
  server.close();
});

async function readToEnd(): Promise<number> {
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.resume();
  await once(socket, 'end');
  return bytes;
}

describe('a keep-alive', () => {
  it.each([
    { name: 'SPDY', ping: spdyPing },
    { name: 'WebSocket', ping: webSocketPing },
  ])('of $name does not cost a slow reader the end of what a peer sent before it closed', async ({ ping }) => {
    socket.write('begin');
    await closed;
    for (const piece of [...ping, ...ping]) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await readToEnd()).toBe(output.length);
  });

  it('goes out before what is written after it, at once', async () => {
    server.removeAllListeners('connection');
    const peers: Buffer[] = [];
    const all = once(server, 'connection').then(async ([peer]: Socket[]) => {
      if (peer) for await (const chunk of peer as AsyncIterable<Buffer>) peers.push(chunk);
    });
    const other = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    holdKeepAlives(other);
    other.pause();
    for (const piece of spdyPing) other.write(piece);
    other.end('typed');
    await all;
    expect(Buffer.concat(peers)).toEqual(Buffer.concat([...spdyPing, Buffer.from('typed')]));
  });

  it('goes out when nothing comes any more, and at the end', async () => {
    server.removeAllListeners('connection');
    const peers: Buffer[] = [];
    const connected = once(server, 'connection');
    const other = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    holdKeepAlives(other);
    other.resume();
    const [peer] = (await connected) as [Socket];
    peer.on('data', (chunk) => peers.push(chunk));
    for (const piece of spdyPing) other.write(piece);
    await eventually(() => expect(Buffer.concat(peers)).toEqual(Buffer.concat(spdyPing)));
    for (const piece of spdyPing) other.write(piece);
    other.end();
    await once(peer, 'end');
    expect(Buffer.concat(peers)).toEqual(Buffer.concat([...spdyPing, ...spdyPing]));
    peer.destroy();
  });
});
