import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningInformer, configMap, runInformer } from '../../support/running-informer.ts';

const { configMaps } = resources;

describe('an informer of a server with faults', () => {
  let server: FakeApiServer;
  let running: RunningInformer | undefined;
  const start = (...rest: Parameters<typeof runInformer> extends [string, ...infer Rest] ? Rest : never) => {
    running = runInformer(server.url, ...rest);
    return running;
  };
  const names = () => [...(running?.informer.list() ?? [])].map((object) => object.metadata.name).sort();
  const watching = async (times = 1) =>
    await eventually(() => {
      expect(server.count('watch')).toBeGreaterThanOrEqual(times);
      expect(server.watching()).toBe(1);
    });

  beforeEach(async () => {
    server = await startFakeApiServer();
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await server.stop();
  });

  it('takes everything at once when the continue token is too old', async () => {
    for (let i = 0; i < 700; i += 1) server.store.put(configMaps, configMap(`c-${i}`));
    server.faults.add({ verb: 'list', continued: true }, { kind: 'status', code: 410, reason: 'Expired' });
    const { informer, errors } = start();
    await informer.synced();
    expect(informer.size()).toBe(700);
    expect(
      server.requests
        .filter(({ verb }) => verb === 'list')
        .at(-1)
        ?.query.has('limit'),
    ).toBe(false);
    expect(errors).toEqual([]);
  });

  it('goes on with the page at which the server was busy', async () => {
    for (let i = 0; i < 700; i += 1) server.store.put(configMaps, configMap(`c-${i}`));
    server.faults.add({ verb: 'list', continued: true }, { kind: 'status', code: 429, retryAfter: '0.05' });
    const { informer } = start();
    await informer.synced();
    expect(informer.size()).toBe(700);
    expect(server.requests.filter(({ query }) => query.has('limit') && !query.has('continue'))).toHaveLength(1);
  });

  it('survives a first list that fails, and says so', async () => {
    server.store.put(configMaps, configMap('a'));
    server.faults.add({ verb: 'list' }, { kind: 'status', code: 500, message: 'etcdserver: no leader' });
    const { informer, errors } = start();
    await informer.synced();
    expect(names()).toEqual(['a']);
    expect(errors).toMatchObject([{ name: 'StatusError', code: 500, message: 'etcdserver: no leader' }]);
  });

  it('survives a list that breaks off in the middle of its body', async () => {
    server.store.put(configMaps, configMap('a'));
    server.faults.add({ verb: 'list' }, { kind: 'cut', afterBytes: 40 });
    const { informer, errors } = start();
    await informer.synced();
    expect(names()).toEqual(['a']);
    expect(errors[0]).toBeInstanceOf(ConnectionError);
  });

  it('resumes a broken watch where it was, without a new list, and misses nothing', async () => {
    const { informer, told } = start();
    await informer.synced();
    await watching();
    server.store.put(configMaps, configMap('a'));
    await eventually(() => expect(told).toEqual(['+a']));
    const { revision } = server.store;
    server.cutWatches({ midLine: true });
    await eventually(() => expect(server.watching()).toBe(0));
    server.store.put(configMaps, configMap('b'));
    await eventually(() => expect(told).toEqual(['+a', '+b']));
    expect(server.count('list')).toBe(1);
    const last = server.requests.filter(({ verb }) => verb === 'watch').at(-1);
    expect(last?.query.get('resourceVersion')).toBe(String(revision));
  });

  it('resumes from the last bookmark, so that a quiet watch outlives a compaction', async () => {
    const { informer } = start();
    await informer.synced();
    await watching();
    for (let i = 0; i < 5; i += 1)
      server.store.put(resources.secrets, { metadata: { name: `s-${i}`, namespace: 'x' } });
    server.bookmark();
    await watching();
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.store.compact();
    server.cutWatches();
    await watching(2);
    server.store.put(configMaps, configMap('late'));
    await eventually(() => expect(names()).toEqual(['late']));
    expect(server.count('list')).toBe(1);
  });

  it.each([
    ['in the stream', { kind: 'event', code: 410, reason: 'Expired' } as const],
    ['as an HTTP status', { kind: 'status', code: 410, reason: 'Gone' } as const],
  ])('lists anew after a 410 %s, and tells what changed in between, deletions too', async (_, fault) => {
    for (const name of ['stays', 'changes', 'goes']) server.store.put(configMaps, configMap(name));
    const { informer, told, errors } = start();
    await informer.synced();
    await watching();
    told.length = 0;
    server.faults.add({ verb: 'watch' }, fault);
    server.cutWatches();
    await eventually(() => expect(server.watching()).toBe(0));
    server.store.put(configMaps, configMap('changes', { k: 'v' }));
    server.store.delete(configMaps, 'shop/goes');
    server.store.put(configMaps, configMap('new'));
    await eventually(() => expect(server.count('list')).toBe(2));
    await eventually(() => expect(told.toSorted()).toEqual(['+new', '-goes', '~changes']));
    expect(names()).toEqual(['changes', 'new', 'stays']);
    expect(errors.filter((error) => error instanceof StatusError && error.code === 410)).toHaveLength(1);
  });

  it('lists anew after a compaction that its watch did not see', async () => {
    const { informer } = start();
    await informer.synced();
    await watching();
    server.cutWatches();
    await eventually(() => expect(server.watching()).toBe(0));
    server.store.put(configMaps, configMap('a'));
    server.store.compact();
    await eventually(() => expect(names()).toEqual(['a']));
    expect(server.count('list')).toBe(2);
  });

  it.each([
    ['a 429 with Retry-After', 429, '0.3'],
    ['a 503 with Retry-After', 503, '0.3'],
  ])('waits after %s on a watch as long as the server asks, and does not list', async (_, code, retryAfter) => {
    server.faults.add({ verb: 'watch' }, { kind: 'status', code, retryAfter }, 2);
    const startedAt = performance.now();
    const { informer } = start();
    await informer.synced();
    await watching(3);
    expect(performance.now() - startedAt).toBeGreaterThan(600);
    expect(server.count('list')).toBe(1);
  });

  it('waits after a 429 on the list as long as the server asks', async () => {
    server.faults.add({ verb: 'list' }, { kind: 'status', code: 429, retryAfter: '0.3' });
    const startedAt = performance.now();
    await start().informer.synced();
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    expect(performance.now() - startedAt).toBeLessThan(800);
  });

  it('does not hammer a server that ends every watch as soon as it began', async () => {
    server.faults.add({ verb: 'watch' }, { kind: 'end' }, 1_000);
    const { informer, errors } = start();
    await informer.synced();
    await eventually(() => expect(errors.length).toBeGreaterThanOrEqual(2));
    expect(server.count('watch')).toBe(2);
    expect(server.count('list')).toBe(1);
  });

  it('does not hammer a server that answers every watch with a 410', async () => {
    server.faults.add({ verb: 'watch' }, { kind: 'event', code: 410 }, 1_000);
    const { informer, errors } = start();
    await informer.synced();
    await eventually(() => expect(errors.length).toBeGreaterThanOrEqual(1));
    expect(server.count('list')).toBe(2);
  });

  it('finds the world again after the server was away and forgot its history', async () => {
    server.store.put(configMaps, configMap('a'));
    server.store.put(configMaps, configMap('goes'));
    const { informer, told } = start();
    await informer.synced();
    await watching();
    const { store, url } = server;
    await server.stop();
    store.delete(configMaps, 'shop/goes');
    store.put(configMaps, configMap('b'));
    store.compact();
    server = await startFakeApiServer({ store, port: Number(new URL(url).port) });
    await eventually(() => expect(names()).toEqual(['a', 'b']), { timeoutMs: 15_000 });
    expect(told).toEqual(['+a', '+goes', '-goes', '+b']);
    expect(server.count('list')).toBe(1);
  }, 20_000);
});
