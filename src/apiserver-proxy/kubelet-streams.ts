import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RawClient } from '../kube/raw-request.ts';
import type { PodPair } from './cluster-view.ts';
import { gatherWrites } from './gather-writes.ts';
import { crossingHeaders } from './kubelet-headers.ts';
import { type HostRefusal, virtualRefusal } from './kubelet-message.ts';
import { KubeletRefusal } from './kubelet-pods.ts';
import type { PodRoute } from './kubelet-route.ts';
import { splice } from './splice.ts';

/** More than any API server says when it refuses. */
const maxRefusalBytes = 64 * 1024;

const subresources = { logs: 'log', exec: 'exec', attach: 'attach', portForward: 'portforward' } as const;

/** Streams what the host answers for the log of a pod into `response`; ends either side when the other one is gone. Throws KubeletRefusal if there is none. */
export async function streamLog(
  raw: RawClient,
  route: PodRoute,
  pair: PodPair,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client is gone')));
  const answer = await raw.stream({
    method: 'GET',
    path: hostPath(route, pair),
    headers: { accept: 'text/plain, */*' },
    signal: gone.signal,
  });
  if (answer.statusCode !== 200) {
    const { text } = await refusalOf(answer, pair);
    throw new KubeletRefusal(visibleCode(answer.statusCode), text);
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  // A follower waits for them even if the container never says a word.
  response.flushHeaders();
  // Not the response itself: what it holds back it sends after the mark of its end.
  if (response.socket) gatherWrites(answer, response.socket);
  await pipeline(answer, response, { end: false });
  await sent(response);
  response.end();
}

/**
 * Resolves when all that was written has gone out, so that the mark of the end that follows goes out on its own, in a record of TLS that is read by itself.
 * To a client with a WebSocket an API server drops what it reads together with the end (wsstream.Reader).
 */
async function sent(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => void response.write('', () => resolve()));
}

/** Upgrades `connection` as the host does its own, and joins the two. Throws KubeletRefusal before anything was written. */
export async function joinStreams(
  raw: RawClient,
  route: PodRoute,
  pair: PodPair,
  request: IncomingMessage,
  connection: Duplex,
  head: Buffer,
): Promise<void> {
  const watch = watchEnd(connection);
  const { answer, upgraded } = await raw
    .upgrade({
      method: request.method ?? 'POST',
      path: hostPath(route, pair),
      headers: { ...crossingHeaders(request), ...(request.method === 'POST' ? { 'content-length': '0' } : {}) },
      signal: watch.ended,
    })
    .finally(watch.stop);
  if (!upgraded) {
    const refusal = await refusalOf(answer, pair);
    writeRefusal(connection, visibleCode(answer.statusCode), refusal);
    return;
  }
  const headers = Object.entries(crossingHeaders(answer)).flatMap(([name, values]) =>
    values.map((value) => `${name}: ${value}\r\n`),
  );
  connection.write(`HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${headers.join('')}\r\n`);
  if (head.length > 0) connection.unshift(head);
  if (upgraded.head.length > 0) upgraded.socket.unshift(upgraded.head);
  splice(connection, upgraded.socket);
}

/** Writes an answer on a connection that was asked to upgrade, and ends it. */
export function writeRefusal(connection: Duplex, code: number, { text, status }: HostRefusal): void {
  const body = Buffer.from(status ? JSON.stringify(status) : text);
  const type = status ? 'application/json' : 'text/plain; charset=utf-8';
  connection.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Refused'}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`,
      ),
      body,
    ]),
  );
  connection.resume();
  // A client that does not close its side would hold ours open.
  connection.once('finish', () => connection.destroy());
}

/** Finds out, without reading what it sends, that a client hangs up: nobody waits for an answer then. */
function watchEnd(connection: Duplex): { ended: AbortSignal; stop: () => void } {
  const gone = new AbortController();
  const end = () => {
    gone.abort(new Error('the client is gone'));
    connection.destroy();
  };
  const look = () => {
    // The end of a stream shows when it is read up to there.
    if (connection.readableLength === 0) connection.read(0);
  };
  connection.on('readable', look).once('end', end).once('close', end);
  return {
    ended: gone.signal,
    stop: () => void connection.off('readable', look).off('end', end).off('close', end),
  };
}

function hostPath(route: PodRoute, { host }: PodPair): string {
  const { namespace = '', name } = host.metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  return `${path}/${subresources[route.kind]}${route.query === '' ? '' : `?${route.query}`}`;
}

async function refusalOf(answer: IncomingMessage, pair: PodPair): Promise<HostRefusal> {
  if (answer.statusCode === 401) {
    answer.destroy();
    return { text: 'the host cluster does not accept the credentials of k3v', status: undefined };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    const bytes = chunk as Buffer;
    chunks.push(bytes);
    size += bytes.length;
    if (size > maxRefusalBytes) break;
  }
  const refusal = virtualRefusal(Buffer.concat(chunks).toString('utf8'), pair);
  return refusal.text === '' ? { text: `the host cluster answered ${answer.statusCode}`, status: undefined } : refusal;
}

/** A 401 would tell the tenant to log in; an upgrade answered with a success is none. */
function visibleCode(code = 500): number {
  return code === 401 || code < 400 ? 500 : code;
}
