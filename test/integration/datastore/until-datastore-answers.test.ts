import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ExternalDatastore } from '../../../src/datastore/datastore.ts';
import { parseDatastore } from '../../../src/datastore/parse-datastore.ts';
import { untilDatastoreAnswers } from '../../../src/datastore/until-datastore-answers.ts';

const servers: Server[] = [];
const forever = new AbortController().signal;
const tls = { caFile: undefined, certFile: undefined, keyFile: undefined };

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const database = async () => await listen(createServer((socket) => socket.destroy()));
const etcd = async (answer: RequestListener) => await listen(createHttpServer({ keepAlive: false }, answer));

/** A port on which nothing listens. */
async function nobody(): Promise<number> {
  const port = await database();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

function at(endpoint: string): ExternalDatastore {
  const datastore = parseDatastore(endpoint, { id: 'blue', tls });
  if ('wrong' in datastore) throw new Error(datastore.wrong);
  return datastore;
}

const wait = async (endpoint: string, timeoutMs = 0, signal = forever) =>
  await untilDatastoreAnswers(at(endpoint), { timeoutMs, signal });

test('one member that takes connections is enough', async () => {
  const members = `127.0.0.1:${await nobody()},127.0.0.1:${await database()}`;
  await expect(wait(`postgres://k3v:x@${members}/k3v`)).resolves.toBeUndefined();
});

test('a database that starts later is waited for', async () => {
  const port = await nobody();
  const waiting = wait(`mysql://k3v:x@tcp(127.0.0.1:${port})/k3v`, 60_000);
  const late = createServer((socket) => socket.destroy());
  servers.push(late);
  late.listen(port, '127.0.0.1');
  await expect(waiting).resolves.toBeUndefined();
});

test('where nothing listens the error says so, without the password', async () => {
  const port = await nobody();
  await expect(wait(`mysql://k3v:hunter2@tcp(127.0.0.1:${port})/k3v`)).rejects.toMatchObject({
    code: 'DATASTORE_UNREACHABLE',
    message: `the datastore mysql://k3v@127.0.0.1:${port}/k3v does not answer: connect ECONNREFUSED 127.0.0.1:${port}`,
    hint: expect.stringContaining('--datastore-endpoint'),
  });
});

test('an etcd is there when one member is well', async () => {
  const well = await etcd((_request, response) => response.end('{"health":"true"}'));
  const waiting = wait(`http://127.0.0.1:${await nobody()},http://127.0.0.1:${well}`);
  await expect(waiting).resolves.toBeUndefined();
});

test('an etcd without a quorum is not there, and says why', async () => {
  const ill = await etcd((_request, response) => response.writeHead(503).end('{"reason":"RAFT NO LEADER"}'));
  await expect(wait(`http://127.0.0.1:${ill}`)).rejects.toMatchObject({
    code: 'DATASTORE_UNREACHABLE',
    message: expect.stringContaining('RAFT NO LEADER'),
  });
});

test('a server that speaks no TLS is not waited for', async () => {
  const plain = await etcd((_request, response) => response.end());
  await expect(wait(`https://127.0.0.1:${plain}`, 60_000)).rejects.toMatchObject({ code: 'DATASTORE_UNTRUSTED' });
});

test('the end of k3v ends the wait', async () => {
  const ending = new AbortController();
  const waiting = wait(`postgres://k3v:x@127.0.0.1:${await nobody()}/k3v`, Number.POSITIVE_INFINITY, ending.signal);
  setImmediate(() => ending.abort(new Error('Ctrl-C')));
  await expect(waiting).rejects.toThrow('Ctrl-C');
});
