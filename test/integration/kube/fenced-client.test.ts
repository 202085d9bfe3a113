import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Authority, type KeyPair, createAuthority } from '../../../src/control-plane/certificates.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { fenceClient } from '../../../src/kube/fenced-client.ts';
import type { Identity } from '../../../src/kube/http-transport.ts';
import { resources } from '../../../src/kube/types.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf, configMap } from '../../support/running-informer.ts';

const { configMaps } = resources;
let authority: Authority;
let pair: KeyPair;
let server: FakeApiServer;
/** Before the server: lets a connection through when `isOpen` resolves. */
let door: Server;
let sockets: Set<Socket>;
let isOpen: Promise<void>;
let known: Promise<Identity>;
let client: KubeClient;
let leads: boolean;

beforeAll(async () => {
  authority = await createAuthority('fence-ca');
  pair = await authority.issue({ commonName: 'fence', ipAddresses: ['127.0.0.1'], usages: ['server'], days: 1 });
});
beforeEach(async () => {
  server = await startFakeApiServer({ tls: { cert: pair.certPem, key: pair.keyPem } });
  sockets = new Set();
  door = createServer((socket) => {
    sockets.add(socket);
    void isOpen.then(() => {
      const behind = connect(Number(new URL(server.url).port), '127.0.0.1');
      sockets.add(behind);
      for (const side of [socket, behind]) side.on('error', () => undefined);
      socket.pipe(behind).pipe(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  isOpen = Promise.resolve();
  known = Promise.resolve({ tls: { ca: authority.certPem }, headers: {} });
  const plain = clientOf(`https://127.0.0.1:${(door.address() as AddressInfo).port}`, async () => await known);
  leads = true;
  // As after a sleep of the whole process: the time of the term is over, and no timer has run yet that says so.
  const { signal } = new AbortController();
  client = fenceClient(plain, () => ({ ending: signal, lost: signal, continues: true, mayWrite: () => leads }));
});
afterEach(async () => {
  client.close();
  for (const socket of sockets) socket.destroy();
  door.close();
  await server.stop();
});

const writes: [string, (name: string) => Promise<unknown>][] = [
  ['create', async (name) => await client.create(configMaps, configMap(name))],
  ['replace', async (name) => await client.replace(configMaps, configMap(name))],
  ['patch', async (name) => await client.patch(refOf(name), 'merge', { data: { k: '1' } })],
  ['delete', async (name) => await client.delete(refOf(name))],
];
const refOf = (name: string) => ({ resource: configMaps, namespace: 'shop', name });

it.each(writes)(
  'a %s that waits for its connection is not sent when the time to write is over by then',
  async (_, write) => {
    const opening = Promise.withResolvers<void>();
    isOpen = opening.promise;
    const arrived = once(door, 'connection');
    const writing = write('a');
    writing.catch(() => undefined);
    await arrived;
    leads = false;
    opening.resolve();
    await expect(writing).rejects.toThrow('does not lead');
    expect(server.requests).toEqual([]);
  },
);

it.each(writes)(
  'a %s that waits for its credentials is not sent when the time to write is over by then',
  async (_, write) => {
    const identity = await known;
    const learning = Promise.withResolvers<Identity>();
    known = learning.promise;
    const writing = write('a');
    writing.catch(() => undefined);
    leads = false;
    learning.resolve(identity);
    await expect(writing).rejects.toThrow('does not lead');
    expect(server.requests).toEqual([]);
  },
);

it('one that leads writes by new connections and kept ones, also after a write that was not sent', async () => {
  await client.create(configMaps, configMap('a'));
  await client.create(configMaps, configMap('b'));
  leads = false;
  await expect(client.create(configMaps, configMap('c'))).rejects.toThrow('does not lead');
  leads = true;
  await client.create(configMaps, configMap('d'));
  expect(server.store.list(configMaps).map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'd']);
});
