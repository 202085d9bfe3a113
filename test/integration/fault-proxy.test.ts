import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubernetesPki, loadKubernetesPki } from '../../src/control-plane/kubernetes-pki.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ConnectionError } from '../../src/kube/errors.ts';
import { type StreamingKubeClient, createKubeClient } from '../../src/kube/rest-client.ts';
import { type KubeObject, resources } from '../../src/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../support/fake-api-server.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';

const { configMaps } = resources;
const object = (name: string): KubeObject => ({ metadata: { name, namespace: 'n' } });

describe('the fault proxy', () => {
  let folder: string;
  let pki: KubernetesPki;
  let server: FakeApiServer;
  let proxy: FaultProxy;
  let client: StreamingKubeClient;
  const ending = new AbortController();

  const asBearer = (caPem = proxy.caPem()) =>
    createKubeClient({
      server: proxy.url,
      credentials: async () => ({ tls: { ca: caPem }, headers: { authorization: 'Bearer x' } }),
    });
  const names = async (of: KubeClient = client) =>
    (await of.list(configMaps)).items.map(({ metadata: { name } }) => name);
  const lastHeaders = () => server.requests.at(-1)?.headers;

  /** Watches until the stream ends; `seen` grows meanwhile. */
  function watch() {
    const seen: string[] = [];
    const resourceVersion = String(server.store.revision);
    const query = { resourceVersion, timeoutSeconds: 60, signal: ending.signal };
    const ended = (async () => {
      for await (const { object: each } of client.watch(configMaps, query)) seen.push(each.metadata.name);
    })().then(
      () => undefined,
      (error: unknown) => error,
    );
    return { seen, ended };
  }
  const watching = async (times: number) => await eventually(() => expect(proxy.watches.open).toBe(times));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-fault-proxy-'));
    const options = { advertiseAddress: '127.0.0.1', tlsSans: [], serviceCidr: '10.0.0.0/16', clusterDomain: 'x' };
    pki = await loadKubernetesPki({ dataDir: folder, ...options });
    server = await startFakeApiServer({ tls: { cert: pki.apiServer.certPem, key: pki.apiServer.keyPem } });
    server.store.put(configMaps, object('a'));
    proxy = await startFaultProxy({ server: server.url, pki: join(folder, 'pki') });
    client = asBearer();
  });

  afterEach(async () => {
    client.close();
    await proxy.stop();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('passes requests, bodies and tokens on, and counts', async () => {
    await client.create(configMaps, object('b'));
    expect(await names()).toEqual(['a', 'b']);
    expect(lastHeaders()).toMatchObject({ authorization: 'Bearer x' });
    expect(proxy.calls.map(({ verb, plural }) => `${verb} ${plural}`)).toEqual([
      'create configmaps',
      'list configmaps',
    ]);
  });

  it('says in headers whose client certificate it saw, and refuses one past its end or of nobody it knows', async () => {
    const withCertificate = ({ certPem, keyPem }: { certPem: string; keyPem: string }) =>
      createKubeClient({
        server: proxy.url,
        credentials: async () => ({ tls: { ca: proxy.caPem(), cert: certPem, key: keyPem }, headers: {} }),
      });
    const good = withCertificate(await proxy.issueClient({ user: 'ann', group: 'admins' }, 60));
    await names(good);
    expect(lastHeaders()).toMatchObject({ 'x-remote-user': 'ann', 'x-remote-group': 'admins' });
    const brief = withCertificate(await proxy.issueClient({ user: 'ann', group: 'admins' }, 1));
    await eventually(async () => await expect(names(brief)).rejects.toMatchObject({ code: 401 }));
    const foreign = withCertificate(pki.admin);
    await expect(names(foreign)).rejects.toMatchObject({ code: 401 });
    for (const each of [good, brief, foreign]) each.close();
  });

  it.each(['refuse', 'reset'] as const)('is down (%s), and up again at the same address', async (how) => {
    const { ended } = watch();
    await watching(1);
    await proxy.down(how);
    expect(await ended).toBeInstanceOf(ConnectionError);
    await expect(names()).rejects.toBeInstanceOf(ConnectionError);
    await proxy.up();
    expect(await names()).toEqual(['a']);
  });

  it('lets planned faults happen, and what is not met pass', async () => {
    proxy.faults.add({ verb: 'list' }, { kind: 'status', code: 429, retryAfter: '7' }, Infinity);
    await expect(names()).rejects.toMatchObject({ code: 429, retryAfterMs: 7_000 });
    await expect(names()).rejects.toMatchObject({ code: 429 });
    await client.create(configMaps, object('b'));
    proxy.faults.clear();
    expect(await names()).toEqual(['a', 'b']);
    proxy.faults.add({ verb: 'watch' }, { kind: 'event', code: 410, reason: 'Expired' });
    expect(await watch().ended).toMatchObject({ code: 410 });
  });

  it('notes that the API server behind has forgotten what is to be watched', async () => {
    const { ended } = watch();
    server.store.put(configMaps, object('b'));
    server.store.compact();
    expect(await ended).toMatchObject({ code: 410 });
    expect(proxy.calls).toMatchObject([{ verb: 'watch', isExpired: true }]);
  });

  it('loses an answer whose request has been worked', async () => {
    proxy.faults.add({ verb: 'create' }, { kind: 'cut', afterBytes: 1 });
    await expect(client.create(configMaps, object('b'))).rejects.toBeInstanceOf(ConnectionError);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('cuts watches in mid-line', async () => {
    const { seen, ended } = watch();
    await watching(1);
    server.store.put(configMaps, object('b'));
    await eventually(() => expect(seen).toEqual(['b']));
    expect(proxy.watches.cutInMidLine()).toBe(1);
    expect(await ended).toBeInstanceOf(ConnectionError);
    expect(seen).toEqual(['b']);
  });

  it('silences watches, which stay open, and not those that come after', async () => {
    const silenced = watch();
    await watching(1);
    expect(proxy.watches.silence()).toBe(1);
    const heard = watch();
    await watching(1);
    server.store.put(configMaps, object('b'));
    await eventually(() => expect(heard.seen).toEqual(['b']));
    expect(silenced.seen).toEqual([]);
    expect(proxy.watches).toMatchObject({ open: 1, silent: 1 });
  });

  it('serves with a new certificate, of the same authority or of a new one', async () => {
    await proxy.rotate();
    expect(await names()).toEqual(['a']);
    await proxy.rotate({ newAuthority: true });
    await expect(names()).rejects.toBeInstanceOf(ConnectionError);
    const renewed = asBearer();
    expect(await names(renewed)).toEqual(['a']);
    renewed.close();
  });

  it('carries upgraded connections both ways', async () => {
    const { certPem, keyPem } = pki.apiServer;
    const echo = createServer({ cert: certPem, key: keyPem });
    echo.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    const behind = `https://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const upgrading = await startFaultProxy({ server: behind, pki: join(folder, 'pki') });
    const tls = { ca: upgrading.caPem() };
    const own = createKubeClient({
      server: upgrading.url,
      credentials: async () => ({ tls, headers: { authorization: 'Bearer x' } }),
    });
    const headers = { connection: 'upgrade', upgrade: 'echo' };
    const { upgraded } = await own.raw.upgrade({ method: 'GET', path: '/api/v1/x', headers });
    if (!upgraded) throw new Error('not upgraded');
    const { socket } = upgraded;
    socket.write('hello');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(String(chunk)).toBe('hello');
    const ended = once(socket.resume(), 'end');
    await upgrading.down('reset');
    await ended;
    socket.destroy();
    own.close();
    await upgrading.stop();
    echo.close();
  });
});
