import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { stopOf } from '../stop-server.ts';
import type { Feed } from './feed.ts';
import type { PageFiles } from './page-files.ts';

const address = '127.0.0.1';
/** So that the page can tell a feed without news from one that has broken. */
const heartbeatMs = 10_000;
/** A reader that is this much behind is cut off, and begins anew. */
const maxBehindBytes = 16 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const headers = {
  // Only what is served here, and nothing that stands in the page itself.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** A server of the page, on the loopback address alone. */
export interface PageServer {
  /** With the token behind the `#`, which no browser sends anywhere. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Serves `files` to all who are on this machine, and the updates of `feed`, a line of JSON each, to those who show `token` as a bearer token. Answers under names of the
 * loopback only, so that no page from elsewhere reaches it by a name of its own (DNS rebinding). A `port` of 0 is any that is free; rejects with EADDRINUSE if it is taken.
 */
export async function startPageServer({
  files,
  feed,
  token,
  port,
}: {
  files: PageFiles;
  feed: Pick<Feed, 'subscribe'>;
  token: string;
  port: number;
}): Promise<PageServer> {
  const server = http.createServer((request, response) => {
    const refuse = (code: number, text: string, more = {}) => {
      response.writeHead(code, { ...headers, 'content-type': 'text/plain; charset=utf-8', ...more }).end(`${text}\n`);
    };
    if (!isLoopbackName(request.headers.host)) return refuse(403, 'This is served under localhost and 127.0.0.1 only.');
    if (request.method !== 'GET') return refuse(405, 'This can only be read.', { allow: 'GET' });
    const [path = '/'] = (request.url ?? '/').split('?');
    if (path === '/updates') {
      if (isAuthorized(request, token)) return sendUpdates(response, feed);
      return refuse(401, 'Open the address that k3v ui has printed, with all that is behind the #.', {
        'www-authenticate': 'Bearer',
      });
    }
    const name = path === '/' ? 'index.html' : path.slice(1);
    const body = Object.hasOwn(files, name) ? files[name] : undefined;
    if (body === undefined) return refuse(404, 'There is no such page.');
    response.writeHead(200, { ...headers, 'content-type': types[extname(name)] ?? 'text/plain' }).end(body);
  });
  const stop = stopOf(server);
  server.listen(port, address);
  await once(server, 'listening');
  const { port: found } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${found}/#${token}`,
    stop,
  };
}

/** The port may be another one, as behind `ssh -L`. */
function isLoopbackName(host = ''): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
}

function isAuthorized({ headers: { authorization = '' } }: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}

function sendUpdates(response: ServerResponse, feed: Pick<Feed, 'subscribe'>): void {
  response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson' });
  const write = (text: string) => {
    if (response.writableLength > maxBehindBytes) response.destroy();
    else response.write(text);
  };
  const unsubscribe = feed.subscribe((update) => write(`${JSON.stringify(update)}\n`));
  const heartbeat = setInterval(() => write('\n'), heartbeatMs);
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
}
