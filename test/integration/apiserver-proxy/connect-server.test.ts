import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConnectRefused,
  type ConnectServer,
  type OpenTarget,
  createConnectServer,
} from '../../../src/apiserver-proxy/connect-server.ts';
import { destroyOnHangUp } from '../../../src/apiserver-proxy/hang-up.ts';
import { listenPrivately, privateSocketFolder } from '../../../src/apiserver-proxy/private-socket.ts';
import { splice } from '../../../src/apiserver-proxy/splice.ts';
import { createLogger, silentLog } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let socketPath: string;
let connectServer: ConnectServer | undefined;
let backend: net.Server;
let backendSockets: net.Socket[];
/** k3v's ends of the connections to the backend. */
let dialled: net.Socket[];
let onBackend: (socket: net.Socket) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-connect-'));
  backendSockets = [];
  dialled = [];
  onBackend = (socket) => void socket.pipe(socket);
  backend = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    backendSockets.push(socket);
    onBackend(socket);
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
});

afterEach(async () => {
  await connectServer?.close();
  for (const socket of backendSockets) socket.destroy();
  backend.close();
  await rm(folder, { recursive: true, force: true });
});

const toBackend: OpenTarget = async () => {
  const { port } = backend.address() as net.AddressInfo;
  const opened = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  opened.on('error', () => undefined);
  dialled.push(opened);
  await once(opened, 'connect');
  return (connection) => {
    destroyOnHangUp(connection);
    splice(connection, opened);
  };
};

async function listen(open: OpenTarget, log = silentLog): Promise<void> {
  connectServer = createConnectServer({ name: 'cluster', open, log });
  const { path } = await privateSocketFolder(join(folder, 'egress'), 'cluster.sock'.length);
  socketPath = join(path, 'cluster.sock');
  await listenPrivately(connectServer.server, socketPath);
}

async function request(text: string): Promise<net.Socket> {
  const socket = net.connect({ path: socketPath, allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.write(text);
  return socket;
}

/** Resolves with the answer's head; what comes after it stays to be read. */
async function head(socket: net.Socket): Promise<string> {
  let text = '';
  while (!text.includes('\r\n\r\n')) {
    const chunk = socket.read(1) as Buffer | null;
    if (chunk) text += chunk.toString('latin1');
    else if (socket.readableEnded || socket.destroyed) return text;
    else await Promise.race([once(socket, 'readable'), once(socket, 'end'), once(socket, 'close')]);
  }
  return text;
}

const connect = 'CONNECT 10.1.0.7:8443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const open = async () => {
  const socket = await request(connect);
  expect(await head(socket)).toBe('HTTP/1.1 200 OK\r\n\r\n');
  return socket;
};

describe('the CONNECT server', () => {
  it('is for this user alone', async () => {
    await listen(toBackend);
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'egress'))).mode & 0o777).toBe(0o700);
  });

  it('takes the place of a socket that a killed k3v left', async () => {
    await listen(toBackend);
    const left = connectServer;
    await listen(toBackend);
    expect(await head(await request(connect))).toContain('200 OK');
    left?.server.close();
  });

  it('passes bytes both ways, also those that came with the request', async () => {
    await listen(toBackend);
    const socket = await request(`${connect}early `);
    expect(await head(socket)).toContain('200 OK');
    socket.end('and late');
    expect((await buffer(socket)).toString()).toBe('early and late');
  });

  it('keeps a direction open when the other has ended', async () => {
    onBackend = (socket) => {
      socket.resume();
      socket.on('end', () => socket.end('all of it is here'));
    };
    await listen(toBackend);
    const socket = await open();
    socket.end('question');
    expect((await buffer(socket)).toString()).toBe('all of it is here');
  });

  it('passes 32 MB unchanged to someone who reads slowly, and holds little of it', async () => {
    const content = Buffer.alloc(32 * 1024 * 1024, 'k3v');
    let written = 0;
    onBackend = (socket) => {
      const chunk = 64 * 1024;
      const write = () => {
        while (written < content.length) {
          const more = socket.write(content.subarray(written, written + chunk));
          written += chunk;
          if (!more) return void socket.once('drain', write);
        }
        socket.end();
      };
      write();
    };
    await listen(toBackend);
    const socket = await open();
    await eventually(() => expect(written).toBeGreaterThan(0));
    const before = await settled(() => written);
    expect(before).toBeLessThan(content.length / 2);
    expect((await buffer(socket)).equals(content)).toBe(true);
    socket.end();
  });

  it('closes the backend when the API server has gone, and the other way round', async () => {
    await listen(toBackend);
    const first = await open();
    first.destroy();
    await eventually(() => expect(backendSockets[0]?.readableEnded || backendSockets[0]?.destroyed).toBe(true));
    const second = await open();
    backendSockets[1]?.resetAndDestroy();
    await once(second.resume(), 'end');
    second.end();
    await eventually(() => expect(second.destroyed).toBe(true));
  });

  it('closes the backend when the API server has gone, even if the backend does not care', async () => {
    onBackend = (socket) => void socket.resume();
    await listen(toBackend);
    const socket = await open();
    socket.destroy();
    await eventually(() => expect(dialled[0]?.destroyed).toBe(true));
  });

  it('gives up a target that nobody waits for any more', async () => {
    let given: AbortSignal | undefined;
    await listen(async (_, signal) => {
      given = signal;
      await once(signal, 'abort');
      throw new Error('aborted');
    });
    const socket = await request(connect);
    await eventually(() => expect(given).toBeDefined());
    socket.destroy();
    await eventually(() => expect(given?.aborted).toBe(true));
  });

  it.each([
    [403, 'Forbidden: 10.1.0.7 is foreign', 40],
    [502, 'Bad Gateway: 10.1.0.7 is foreign', 40],
    [503, 'Service Unavailable: 10.1.0.7 is foreign', 20],
    [504, 'Gateway Timeout: 10.1.0.7 is foreign', 40],
  ] as const)(
    'answers a refusal with %i and its reason, logs it and closes; one that passes is no warning',
    async (status, reason, level) => {
      const lines: string[] = [];
      const destination = { write: (line: string) => lines.push(line) };
      await listen(
        async () => {
          throw new ConnectRefused(status, '10.1.0.7 is foreign');
        },
        createLogger({ format: 'json', level: 'debug', destination }),
      );
      const socket = await request(connect);
      expect((await buffer(socket)).toString()).toContain(`HTTP/1.1 ${status} ${reason}\r\n`);
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({ msg: 'refused to dial', target: '10.1.0.7:8443', status, level }),
      ]);
    },
  );

  it.each([
    ['an address as a number', 'CONNECT 2130706433:443 HTTP/1.1\r\nHost: a\r\n\r\n', '400'],
    ['credentials', 'CONNECT a@10.1.0.7:443 HTTP/1.1\r\nHost: a\r\n\r\n', '400'],
    ['a body', 'CONNECT 10.1.0.7:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', '400'],
    ['a chunked body', 'CONNECT 10.1.0.7:443 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '400'],
    ['another method', 'GET http://10.1.0.7/ HTTP/1.1\r\nHost: a\r\n\r\n', '405'],
    ['an upgrade', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', ''],
    ['a second space', 'CONNECT 10.1.0.7:443  x HTTP/1.1\r\nHost: a\r\n\r\n', ''],
    ['a bare line break', 'CONNECT 10.1.0.7:443\nHost: a HTTP/1.1\r\n\r\n', ''],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00', ''],
  ])('refuses %s', async (_, text, status) => {
    let opened = false;
    await listen(async () => {
      opened = true;
      return (connection) => connection.destroy();
    });
    const socket = await request(text);
    const answer = (await buffer(socket).catch(() => Buffer.alloc(0))).toString();
    expect(answer.split(' ')[1] ?? '').toMatch(status);
    expect(answer).not.toContain('200 OK');
    expect(opened).toBe(false);
  });

  it('leaves nothing open when it closes', async () => {
    await listen(toBackend);
    const sockets = await Promise.all(Array.from({ length: 50 }, open));
    await connectServer?.close();
    await eventually(() => expect(backendSockets.filter((socket) => !socket.readableEnded)).toEqual([]));
    await expect(stat(socketPath)).rejects.toThrow('ENOENT');
    for (const socket of sockets) socket.destroy();
  });
});

/** Resolves with the value once it stays the same. */
async function settled(read: () => number): Promise<number> {
  let before = -1;
  await eventually(() => {
    const now = read();
    const isSame = now === before;
    before = now;
    if (!isSame) throw new Error('still changes');
  });
  return before;
}
