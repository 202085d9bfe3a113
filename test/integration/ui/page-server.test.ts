import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageUpdate } from '../../../src/ui/page-data.ts';
import { type PageServer, startPageServer } from '../../../src/ui/page-server.ts';
import { eventually } from '../../support/eventually.ts';

const token = 'the-token';
const files = { 'index.html': '<h1>k3v</h1>', 'main.js': 'run()', 'main.css': 'h1{}' };
const readers = new Set<(update: PageUpdate) => void>();
const feed = {
  subscribe(read: (update: PageUpdate) => void) {
    readers.add(read);
    read({ all: true, running: true });
    return () => void readers.delete(read);
  },
};
const authorized = { authorization: `Bearer ${token}` };
let server: PageServer;
let port: number;

beforeAll(async () => {
  server = await startPageServer({ files, feed, token, port: 0 });
  port = Number(new URL(server.url).port);
});

afterAll(async () => await server.stop());

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
  const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }).end();
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no response');
  return response;
}

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', files['index.html']],
    ['/main.js', 'text/javascript; charset=utf-8', files['main.js']],
    ['/main.css?v=1', 'text/css; charset=utf-8', files['main.css']],
  ])('%s is served', async (path, type, body) => {
    const response = await ask(path);
    expect(response).toMatchObject({ statusCode: 200, headers: { 'content-type': type } });
    expect(await text(response)).toBe(body);
  });

  it.each(['/main.ts', '/../package.json', '/toString', '/__proto__', '//elsewhere.example/', '//'])(
    '%s is not there',
    async (path) => expect(await ask(path)).toMatchObject({ statusCode: 404 }),
  );

  it('may run nothing but its own script, be framed by nobody, and is kept nowhere', async () => {
    const { headers } = await ask('/');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
    );
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('%s is refused', async (method) => {
    expect(await ask('/updates', authorized, method)).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } });
  });
});

describe('updates', () => {
  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer the-tokem' }],
    ['a longer one', { authorization: `Bearer ${token}s` }],
    ['the token alone', { authorization: token }],
    ['the token as a cookie', { cookie: `token=${token}` }],
  ])('with %s are refused', async (_, headers) => {
    const response = await ask('/updates', headers as Record<string, string>);
    expect(response).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(await text(response)).toContain('Open the address that k3v ui has printed');
    expect(readers.size).toBe(0);
  });

  it('with the token in the address are refused: addresses are logged and remembered', async () => {
    expect(await ask(`/updates?token=${token}`)).toMatchObject({ statusCode: 401 });
  });

  it('with the token are a line each, until the reader has gone', async () => {
    const response = await ask('/updates', authorized);
    expect(response).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/x-ndjson' } });
    let received = '';
    response.setEncoding('utf8').on('data', (part: string) => (received += part));
    await eventually(() => expect(readers.size).toBe(1));
    for (const read of readers) read({ running: false });
    await eventually(() => expect(received).toBe('{"all":true,"running":true}\n{"running":false}\n'));
    response.destroy();
    await eventually(() => expect(readers.size).toBe(0));
  });
});

it.each(['k3v.example', 'k3v.example:80', 'localhost.k3v.example', '127.0.0.1.k3v.example', '10.0.0.1'])(
  'a page from elsewhere that has this address by the name %j gets nothing',
  async (host) => {
    expect(await ask('/', { host })).toMatchObject({ statusCode: 403 });
    expect(await ask('/updates', { host, ...authorized })).toMatchObject({ statusCode: 403 });
  },
);

it.each(['localhost', '127.0.0.1:8080', '[::1]:8080'])(
  '%s is a name of this machine, as behind ssh -L',
  async (host) => {
    expect(await ask('/', { host })).toMatchObject({ statusCode: 200 });
  },
);

const outside = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

it.skipIf(outside === undefined)('listens on the loopback address alone (not here: without another)', async () => {
  const socket = connect({ host: outside ?? '', port });
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('keeps the token where no browser sends it', () => {
  expect(server.url).toBe(`http://127.0.0.1:${port}/#${token}`);
});

it('a port that is taken is an error', async () => {
  await expect(startPageServer({ files, feed, token, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
