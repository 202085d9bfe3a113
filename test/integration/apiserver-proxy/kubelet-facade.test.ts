import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type ServedKubelet, serveKubelet } from '../../support/served-kubelet.ts';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.ts';

const notServed = 'this part of a kubelet belongs to the host cluster and is not served to a virtual one';
const hostPod = '/api/v1/namespaces/team-a/pods/web-shop-abcdefghij';

describe('the kubelet façade', () => {
  let host: StreamingHost;
  let kubelet: ServedKubelet;

  beforeEach(async () => {
    host = await startStreamingHost();
    kubelet = await serveKubelet(host);
  });
  afterEach(async () => {
    await kubelet.stop();
    await host.stop();
  });

  const refuse = (code: number, status: object | string) => {
    const isText = typeof status === 'string';
    host.onRequest = (_, response) =>
      response
        .writeHead(code, { 'content-type': isText ? 'text/plain' : 'application/json' })
        .end(isText ? status : JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...status }));
    host.onUpgrade = (_, socket) => {
      const body = isText ? status : JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...status });
      socket.end(`HTTP/1.1 ${code} No\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    };
  };

  describe('speaks TLS as the node', () => {
    const connect = async (options: tls.ConnectionOptions) => {
      const socket = tls.connect({ port: kubelet.port, host: '127.0.0.1', ca: kubelet.caPem, ...options });
      socket.on('error', () => undefined);
      socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      return { socket, answer: await text(socket).catch(() => '') };
    };

    it('with its names and addresses, to the API server', async () => {
      const identity = { cert: kubelet.client.certPem, key: kubelet.client.keyPem };
      const { answer } = await connect({ ...identity, servername: 'node-1' });
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
      expect((await connect({ ...identity, servername: '' })).answer).toMatch(/^HTTP\/1\.1 200 OK/);
      expect((await connect({ ...identity, servername: 'node-2' })).answer).toBe('');
    });

    it('and to nobody else', async () => {
      const other = await kubelet.issueClient('system:serviceaccount:default:default');
      expect((await connect({ servername: 'node-1' })).answer).toBe('');
      expect((await connect({ servername: 'node-1', cert: other.certPem, key: other.keyPem })).answer).toBe('');
      await eventually(() => expect(kubelet.connections()).toBe(0));
    });
  });

  it('streams the log of the host pod as it comes', async () => {
    host.onRequest = (_, response) => void response.write('one\n');
    const answer = await kubelet.request('GET', '/containerLogs/shop/web/app?follow=true&tailLines=2&stream=All', {
      authorization: 'Bearer of-the-tenant',
      cookie: 'a=b',
      'x-remote-user': 'admin',
    });
    expect(answer.statusCode).toBe(200);
    const [chunk] = (await once(answer, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('one\n');
    const [request] = host.requests;
    expect(request?.url).toBe(`${hostPod}/log?container=app&follow=true&tailLines=2`);
    expect(request?.headers.authorization).toBe('Bearer of-the-host');
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual(['accept', 'authorization', 'connection', 'host']);
    answer.destroy();
  });

  it.each([['a word\n'], ['x'.repeat(16_383) + '\n'], ['y\n'.repeat(500_000)]])(
    'sends the end of a log apart from the rest, which a WebSocket would lose with it',
    async (log) => {
      host.onRequest = (_, response) => void response.end(log);
      const { certPem: cert, keyPem: key } = kubelet.client;
      const socket = tls.connect({ port: kubelet.port, ca: kubelet.caPem, cert, key, servername: 'node-1' });
      socket.write('GET /containerLogs/shop/web/app HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      // Each is at most one record.
      const records = (await socket.toArray()).map(String);
      expect(records.at(-1)).toBe('0\r\n\r\n');
      expect(records.join('').length).toBeGreaterThan(log.length);
    },
  );

  it('answers a follower of a silent container at once', async () => {
    host.onRequest = (_, response) => response.writeHead(200).flushHeaders();
    const answer = await kubelet.request('GET', '/containerLogs/shop/web/app?follow=true');
    expect(answer.statusCode).toBe(200);
    answer.destroy();
  });

  it('joins the two ends of an exec, with all that was sent along with the handshakes', async () => {
    host.onUpgrade = ({ headers }, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v5.channel.k8s.io\r\nSet-Cookie: host=secret\r\n\r\nhello from ${String(headers['x-stream-protocol-version'])};`,
      );
      socket.write(head);
      socket.pipe(socket);
    };
    const { answer, socket, head } = await kubelet.upgrade('/exec/shop/web/app?command=cat&input=1&output=1', {
      headers: { 'x-stream-protocol-version': ['v5.channel.k8s.io', 'v4.channel.k8s.io'], 'impersonate-user': 'admin' },
    });
    expect(host.requests[0]).toMatchObject({
      method: 'POST',
      url: `${hostPod}/exec?container=app&stdin=true&stdout=true&command=cat`,
      headers: { upgrade: 'SPDY/3.1', connection: 'Upgrade', authorization: 'Bearer of-the-host' },
    });
    expect(host.requests[0]?.headers['impersonate-user']).toBeUndefined();
    expect(answer.headers).toEqual({
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v5.channel.k8s.io',
    });
    if (!socket) throw new Error('no upgrade');
    if (head && head.length > 0) socket.unshift(head);
    const received = text(socket);
    socket.end('and back');
    expect(await received).toBe('hello from v5.channel.k8s.io, v4.channel.k8s.io;and back');
    await eventually(() => expect([kubelet.connections(), host.connections()]).toEqual([0, 0]));
  });

  it('gives each of several execs its own bytes, in order, though their buffers are used again', async () => {
    const pages = 400;
    const pageOf = (exec: number, page: number) => Buffer.alloc(20_000, `${exec}.${page};`);
    host.onUpgrade = ({ url = '' }, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      const exec = Number(/command=(\d)/.exec(url)?.[1]);
      for (let page = 0; page < pages; page++) socket.write(pageOf(exec, page));
      socket.end();
    };
    const hashOf = (chunks: Buffer[]) => createHash('sha256').update(Buffer.concat(chunks)).digest('hex');
    const received = Array.from({ length: 6 }, async (_, exec) => {
      const { socket, head } = await kubelet.upgrade(`/exec/shop/web/app?command=${exec}&output=1`);
      const chunks = head ? [head] : [];
      for await (const chunk of socket ?? []) {
        chunks.push(chunk as Buffer);
        if (chunks.length % 50 === exec) await turn();
      }
      return hashOf(chunks);
    });
    const sent = Array.from({ length: 6 }, (_, exec) =>
      hashOf(Array.from({ length: pages }, (__, page) => pageOf(exec, page))),
    );
    expect(await Promise.all(received)).toEqual(sent);
  });

  describe('lets nothing cross that says who asks', () => {
    const tenants = {
      authorization: 'Bearer of-the-tenant',
      cookie: 'a=b',
      'proxy-authorization': 'Basic eA==',
      'impersonate-user': 'admin',
      'impersonate-group': 'system:masters',
      'x-remote-user': 'admin',
      'x-remote-group': 'system:masters',
      'x-remote-extra-scopes': 'all',
      'x-forwarded-for': '10.0.0.9',
      'user-agent': 'kubectl',
      'content-type': 'text/plain',
    };
    const own = ['authorization', 'connection', 'host'];
    const asked = () => {
      const [request] = host.requests;
      expect(request?.headers.authorization).toBe('Bearer of-the-host');
      return Object.keys(request?.headers ?? {}).sort();
    };

    it.each(['/containerLogs/shop/web/app', '/stats/summary', '/metrics/cadvisor'])('of %s', async (path) => {
      host.onRequest = (_, response) => response.writeHead(200, { 'set-cookie': 'host=secret', audit: 'id' }).end('');
      const answer = await kubelet.request('GET', path, tenants);
      await text(answer);
      expect(asked()).toEqual(['accept', ...own]);
      expect(Object.keys(answer.headers)).not.toContain('set-cookie');
      expect(Object.keys(answer.headers)).not.toContain('audit');
    });

    it.each([
      {
        path: '/exec/shop/web/app?command=ls&output=1',
        stream: { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v5' },
      },
      { path: '/attach/shop/web/app?output=1', stream: { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v5' } },
      { path: '/portForward/shop/web', stream: { upgrade: 'SPDY/3.1' } },
      { path: '/exec/shop/web/app?output=1', stream: { upgrade: 'websocket', 'sec-websocket-key': 'abc' } },
    ])('of $path over $stream.upgrade', async ({ path, stream }) => {
      const method = stream.upgrade === 'websocket' ? 'GET' : 'POST';
      const { upgrade } = stream;
      host.onUpgrade = (_, socket) =>
        socket.end(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSet-Cookie: host=secret\r\nAudit-Id: x\r\n\r\n`,
        );
      const { answer, socket } = await kubelet.upgrade(path, { method, headers: { ...tenants, ...stream } });
      socket?.destroy();
      expect(asked()).toEqual(
        [...own, ...Object.keys(stream), ...(method === 'POST' ? ['content-length'] : [])].sort(),
      );
      expect(answer.headers).toEqual({ connection: 'Upgrade', upgrade });
    });
  });

  it('passes a WebSocket on, but no token among its protocols', async () => {
    host.onUpgrade = (_, socket) =>
      socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
      );
    const { answer, socket } = await kubelet.upgrade('/portForward/shop/web?port=80', {
      method: 'GET',
      headers: {
        upgrade: 'websocket',
        'sec-websocket-key': 'abc',
        'sec-websocket-version': '13',
        'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.c2VjcmV0, v4.channel.k8s.io',
      },
    });
    expect(answer.headers['sec-websocket-accept']).toBe('x');
    expect(host.requests[0]).toMatchObject({
      method: 'GET',
      url: `${hostPod}/portforward?ports=80`,
      headers: { upgrade: 'websocket', 'sec-websocket-key': 'abc', 'sec-websocket-protocol': 'v4.channel.k8s.io' },
    });
    socket?.destroy();
  });

  it('takes a command as long as the API server does', async () => {
    host.onUpgrade = (_, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
    const command = 'x'.repeat(100_000);
    const { answer, socket } = await kubelet.upgrade(`/exec/shop/web/app?command=${command}&output=1`);
    expect(answer.statusCode).toBe(101);
    socket?.destroy();
  });

  describe('refuses', () => {
    const read = async (path: string) => {
      const answer = await kubelet.request('GET', path);
      return [answer.statusCode, await text(answer)];
    };
    const readUpgrade = async (path: string) => {
      const { answer } = await kubelet.upgrade(path);
      return [answer.statusCode, await text(answer)];
    };

    it('pods and containers that are not there, as a kubelet does', async () => {
      expect(await read('/containerLogs/shop/other/app')).toEqual([404, 'pod "other" does not exist']);
      expect(await read('/containerLogs/shop/web/other')).toEqual([404, 'container "other" not found in pod "web"']);
      expect(await read('/containerLogs/shop/web/injected')).toEqual([
        404,
        'container "injected" not found in pod "web"',
      ]);
      expect(await readUpgrade('/exec/shop/web/injected?command=sh&output=1')).toEqual([
        500,
        'container not found ("injected")',
      ]);
      expect(await readUpgrade('/exec/shop/web/wrong-uid/app?command=sh&output=1')).toEqual([404, 'pod not found']);
      expect(await read('/exec/shop/web/app?command=sh&output=1')).toEqual([400, 'Upgrade request required']);
      expect(await readUpgrade('/run/shop/web/app')).toEqual([403, notServed]);
      expect(await read('/configz')).toEqual([403, notServed]);
      expect(host.requests).toEqual([]);
    });

    it('pods of another node', async () => {
      const [pair] = kubelet.pods;
      if (pair?.host) pair.host = { ...pair.host, spec: { containers: [], nodeName: 'node-2' } };
      expect(await read('/containerLogs/shop/web/app')).toEqual([404, 'pod "web" does not exist']);
    });

    it('pods that the host has not yet, or no more', async () => {
      const [pair] = kubelet.pods;
      if (!pair) throw new Error('no pod');
      pair.host = undefined;
      expect(await read('/containerLogs/shop/web/app')).toEqual([400, 'container "app" in pod "web" is terminated']);
      pair.virtual = { ...pair.virtual, status: { phase: 'Pending' } };
      expect(await read('/containerLogs/shop/web/app')).toEqual([
        400,
        'container "app" in pod "web" is waiting to start: ContainerCreating',
      ]);
      expect(await readUpgrade('/exec/shop/web/app?command=sh&output=1')).toEqual([500, 'container not found ("app")']);
      expect(await readUpgrade('/portForward/shop/web')).toEqual([500, 'pod not found ("web_shop")']);
    });

    it("what the host refuses, in the host's words and with virtual names", async () => {
      refuse(400, {
        message: 'container "app" in pod "web-shop-abcdefghij" is waiting to start: ContainerCreating',
        reason: 'BadRequest',
        code: 400,
      });
      expect(await read('/containerLogs/shop/web/app')).toEqual([
        400,
        'container "app" in pod "web" is waiting to start: ContainerCreating',
      ]);
      refuse(403, {
        message:
          'pods "web-shop-abcdefghij" is forbidden: User "system:serviceaccount:team-a:k3v" cannot create resource "pods/exec" in API group "" in the namespace "team-a"',
        reason: 'Forbidden',
        details: { name: 'web-shop-abcdefghij', kind: 'pods' },
        code: 403,
      });
      const [code, body] = await readUpgrade('/exec/shop/web/app?command=sh&output=1');
      expect(code).toBe(403);
      expect(JSON.parse(String(body))).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'pods "web" is forbidden: k3v cannot create resource "pods/exec" in API group "" on the host',
        reason: 'Forbidden',
        details: { name: 'web', kind: 'pods' },
        code: 403,
      });
      refuse(500, 'unable to find "web-shop-abcdefghij_team-a(host-uid-web)"');
      expect(await readUpgrade('/attach/shop/web/app?output=1')).toEqual([
        500,
        'unable to find "web_shop(virtual-uid-web)"',
      ]);
    });

    it('with an error that is no call to log in, when the host does not know k3v', async () => {
      refuse(401, { message: 'Unauthorized', reason: 'Unauthorized', code: 401 });
      const expected = [500, 'the host cluster does not accept the credentials of k3v'];
      expect(await read('/containerLogs/shop/web/app')).toEqual(expected);
      expect(await readUpgrade('/exec/shop/web/app?command=sh&output=1')).toEqual(expected);
    });

    it('with no word of where the host is, when it does not answer', async () => {
      await host.stop();
      const expected = [500, 'the host cluster does not answer'];
      expect(await read('/containerLogs/shop/web/app')).toEqual(expected);
      expect(await readUpgrade('/exec/shop/web/app?command=sh&output=1')).toEqual(expected);
      host = await startStreamingHost();
    });
  });

  it('renews the credentials for the host once', async () => {
    await kubelet.stop();
    let token = 'old';
    kubelet = await serveKubelet(host, async ({ renew = false } = {}) => {
      if (renew) token = 'new';
      return { tls: { ca: host.caPem }, headers: { authorization: `Bearer ${token}` } };
    });
    host.onRequest = ({ headers }, response) =>
      response.writeHead(headers.authorization === 'Bearer new' ? 200 : 401).end('log');
    expect(await text(await kubelet.request('GET', '/containerLogs/shop/web/app'))).toBe('log');
    expect(host.requests).toHaveLength(2);
  });
});
