import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import {
  ConnectionError,
  isAlreadyExists,
  isBusy,
  isConflict,
  isExpired,
  isForbidden,
  isNotFound,
} from '../../../src/kube/errors.ts';
import { createKubeClient } from '../../../src/kube/rest-client.ts';
import { type Pod, resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf, configMap } from '../../support/running-informer.ts';

const { configMaps, pods } = resources;
const a = { resource: configMaps, namespace: 'shop', name: 'a' };

/** Resolves with what `promise` rejects with. */
async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => expect.unreachable('nothing was refused'),
    (error: unknown) => error,
  );
}

describe('a client', () => {
  let server: FakeApiServer;
  let client: KubeClient;
  beforeEach(async () => {
    server = await startFakeApiServer();
    client = clientOf(server.url);
  });
  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it('creates, reads, replaces, patches and deletes', async () => {
    const created = await client.create(configMaps, configMap('a', { k: '1' }));
    expect(created.metadata.uid).toBeDefined();
    await client.replace(configMaps, { ...created, data: { k: '2' } });
    await client.patch(a, 'merge', { data: { k: null, l: '3' } });
    expect(await client.get(a)).toMatchObject({ kind: 'ConfigMap', data: { l: '3' } });
    await client.delete(a);
    expect(isNotFound(await refusalOf(client.get(a)))).toBe(true);
  });

  it('says what each item of a list is, as the server does not', async () => {
    server.store.put(configMaps, configMap('a'));
    const page = await client.list(configMaps);
    expect(page.items).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }]);
    expect(page.resourceVersion).toBe(String(server.store.revision));
    expect(page.continue).toBeUndefined();
  });

  it('says who it is with every request', async () => {
    const named = createKubeClient({
      server: server.url,
      credentials: async () => ({ tls: {}, headers: {} }),
      userAgent: 'k3v/test',
    });
    const ending = new AbortController();
    await named.create(configMaps, configMap('a'));
    await named.patch(a, 'merge', { data: { k: '1' } });
    await named.delete(a);
    const watching = named.watch(configMaps, { resourceVersion: '1', timeoutSeconds: 60, signal: ending.signal });
    for await (const { type } of watching) {
      expect(type).toBe('ADDED');
      break;
    }
    ending.abort();
    named.close();
    const said = server.requests.map(({ verb, headers }) => [verb, headers['user-agent']]);
    expect(said).toEqual(['create', 'patch', 'delete', 'watch'].map((verb) => [verb, 'k3v/test']));
  });

  it('persists nothing on a dry run', async () => {
    const created = await client.create(configMaps, configMap('a'), { dryRun: true });
    expect(created.metadata.name).toBe('a');
    expect(server.store.list(configMaps)).toEqual([]);
  });

  it('writes a status and a binding where they belong', async () => {
    await client.create<Pod>(pods, { metadata: { name: 'p', namespace: 'shop' }, spec: { containers: [] } });
    const ref = { resource: pods, namespace: 'shop', name: 'p' };
    await client.patch(ref, 'merge', { status: { phase: 'Running' } });
    expect(await client.get<Pod>(ref)).toMatchObject({ status: { phase: 'Pending' } });
    await client.patch(ref, 'merge', { status: { phase: 'Running' } }, { subresource: 'status' });
    await client.request('POST', '/api/v1/namespaces/shop/pods/p/binding', { body: { target: { name: 'n1' } } });
    expect(await client.get<Pod>(ref)).toMatchObject({ status: { phase: 'Running' }, spec: { nodeName: 'n1' } });
  });

  it('deletes only what its preconditions name, with the grace asked for', async () => {
    server.store.put<Pod>(pods, {
      metadata: { name: 'p', namespace: 'shop' },
      spec: { containers: [], nodeName: 'n1' },
    });
    const ref = { resource: pods, namespace: 'shop', name: 'p' };
    expect(isConflict(await refusalOf(client.delete(ref, { uid: 'another' })))).toBe(true);
    await client.delete(ref, { gracePeriodSeconds: 7 });
    const { metadata } = await client.get(ref);
    expect(metadata).toMatchObject({ deletionGracePeriodSeconds: 7 });
    await client.delete(ref, { gracePeriodSeconds: 0, uid: metadata.uid });
    expect(server.store.get(pods, 'shop/p')).toBeUndefined();
  });

  it('tells refusals apart', async () => {
    const created = await client.create(configMaps, configMap('a'));
    const taken = await refusalOf(client.create(configMaps, configMap('a')));
    expect([isAlreadyExists(taken), isConflict(taken)]).toEqual([true, false]);
    await client.patch(a, 'merge', { data: { k: 'v' } });
    const stale = await refusalOf(client.replace(configMaps, created));
    expect([isAlreadyExists(stale), isConflict(stale)]).toEqual([false, true]);
    for (const [code, predicate] of [
      [403, isForbidden],
      [410, isExpired],
      [429, isBusy],
      [503, isBusy],
    ] as const) {
      server.faults.add({}, { kind: 'status', code, message: 'no' });
      const refusal = await refusalOf(client.get(a));
      expect(refusal).toMatchObject({ name: 'StatusError', code, message: 'no' });
      expect(predicate(refusal)).toBe(true);
    }
  });

  it.each([
    ['seconds', () => '3', 3_000, 3_000],
    ['a date', () => new Date(Date.now() + 5_000).toUTCString(), 3_500, 5_000],
    ['a date in the past', () => new Date(0).toUTCString(), 0, 0],
  ])('reads Retry-After as %s', async (_, retryAfter, least, most) => {
    server.faults.add({}, { kind: 'status', code: 429, retryAfter: retryAfter() });
    const { retryAfterMs } = (await refusalOf(client.get(a))) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThanOrEqual(least);
    expect(retryAfterMs).toBeLessThanOrEqual(most);
  });

  it.each([
    ['before the answer', { kind: 'cut' } as const],
    ['in the middle of the answer', { kind: 'cut', afterBytes: 10 } as const],
  ])('rejects with ConnectionError when the connection breaks %s', async (_, fault) => {
    server.store.put(configMaps, configMap('a'));
    server.faults.add({}, fault, 2);
    expect(await refusalOf(client.get(a))).toBeInstanceOf(ConnectionError);
  });

  it('rejects with ConnectionError when nobody listens', async () => {
    const away = clientOf('http://127.0.0.1:1');
    const error = await refusalOf(away.get(a));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain('http://127.0.0.1:1: connect ECONNREFUSED');
  });

  it.each([
    ['before the answer', { kind: 'mute' } as const],
    ['while the body stalls', { kind: 'stall', afterBytes: 10 } as const],
  ])('rejects with the reason of the signal when aborted %s', async (_, fault) => {
    server.store.put(configMaps, configMap('a'));
    server.faults.add({}, fault);
    const ending = new AbortController();
    const refusal = refusalOf(client.get(a, { signal: ending.signal }));
    await eventually(() => expect(server.requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const reason = new Error('enough');
    ending.abort(reason);
    expect(await refusal).toBe(reason);
  });

  it('uses one connection for requests that follow one another', async () => {
    for (let i = 0; i < 20; i += 1) await client.list(configMaps);
    expect(server.connections()).toBe(1);
  });

  it('opens a new connection when the server closed the kept ones', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => await client.list(configMaps)));
    server.cutConnections();
    // No pause: the client finds out only when it uses them.
    expect((await client.list(configMaps)).items).toEqual([]);
  });

  it('reads a list of many megabytes', async () => {
    for (let i = 0; i < 200; i += 1) server.store.put(configMaps, configMap(`c-${i}`, { text: 'ü'.repeat(50_000) }));
    const { items } = await client.list<ReturnType<typeof configMap>>(configMaps);
    expect(items).toHaveLength(200);
    expect(items.every(({ data }) => data?.['text']?.length === 50_000)).toBe(true);
  });

  it('quotes a proxy that answers in HTML', async () => {
    const proxy = createServer((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 13\r\n\r\n<html>oh</htm'));
    });
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const error = await refusalOf(clientOf(`http://127.0.0.1:${port}`).get(a));
    expect(error).toMatchObject({ name: 'StatusError', code: 502, message: '<html>oh</htm' });
    await new Promise((resolve) => void proxy.close(resolve));
  });
});
