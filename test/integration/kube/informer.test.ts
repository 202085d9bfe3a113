import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningInformer, configMap, runInformer } from '../../support/running-informer.ts';

const { configMaps } = resources;

describe('an informer', () => {
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

  it('is synced once the whole list is in, and then follows the watch', async () => {
    server.store.put(configMaps, configMap('a'));
    const { informer, told } = start();
    expect(informer.hasSynced).toBe(false);
    await informer.synced();
    expect(informer.hasSynced).toBe(true);
    await watching();
    server.store.put(configMaps, configMap('b'));
    server.store.put(configMaps, configMap('a', { k: 'v' }));
    server.store.delete(configMaps, 'shop/b');
    await eventually(() => expect(told).toEqual(['+a', '+b', '~a', '-b']));
    expect(informer.get('shop/a')?.data).toEqual({ k: 'v' });
    expect(informer.size()).toBe(1);
  });

  it('reads a long list in pages of 500', async () => {
    for (let i = 0; i < 1_201; i += 1) server.store.put(configMaps, configMap(`c-${i}`));
    const { informer } = start();
    await informer.synced();
    expect(informer.size()).toBe(1_201);
    const lists = server.requests.filter(({ verb }) => verb === 'list');
    expect(lists.map(({ query }) => [query.get('limit'), query.has('continue')])).toEqual([
      ['500', false],
      ['500', true],
      ['500', true],
    ]);
  });

  it('watches again at once, without an error or a new list, when a watch has had its time', async () => {
    const { informer, errors } = start();
    await informer.synced();
    await watching();
    server.store.put(configMaps, configMap('a'));
    await eventually(() => expect(names()).toEqual(['a']));
    server.endWatches();
    await watching(2);
    server.store.put(configMaps, configMap('b'));
    await eventually(() => expect(names()).toEqual(['a', 'b']));
    expect(errors).toEqual([]);
    expect(server.count('list')).toBe(1);
  });

  it('asks the server to end a watch after five to ten minutes, and for bookmarks', async () => {
    const { informer } = start();
    await informer.synced();
    await watching();
    const { query } = server.requests.at(-1) ?? {};
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(Number(query?.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
    expect(query?.get('allowWatchBookmarks')).toBe('true');
  });

  it('goes on when a handler throws, and reports it', async () => {
    const { informer, told, errors } = start({
      before: (it) =>
        it.onChange(() => {
          throw new Error('a bug in a handler');
        }),
    });
    await informer.synced();
    await watching();
    server.store.put(configMaps, configMap('a'));
    server.store.put(configMaps, configMap('b'));
    await eventually(() => expect(told).toEqual(['+a', '+b']));
    expect(errors).toMatchObject([{ message: 'a bug in a handler' }, { message: 'a bug in a handler' }]);
    expect(server.count('watch')).toBe(1);
  });

  it('reads characters that a watch cuts in two', async () => {
    const { informer } = start();
    await informer.synced();
    await watching();
    const object = {
      ...configMap('a', { greeting: 'grüß dich 👋' }),
      metadata: { name: 'a', namespace: 'shop', resourceVersion: '9' },
    };
    const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    await server.sendRaw(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    await eventually(() => expect(informer.get('shop/a')?.data?.['greeting']).toBe('grüß dich 👋'));
  });

  it('sees only what its selectors and its namespace match', async () => {
    const labelled = (name: string, app: string): ConfigMap => {
      const plain = configMap(name);
      return { ...plain, metadata: { ...plain.metadata, labels: { app } } };
    };
    server.store.put(configMaps, labelled('a', 'web'));
    server.store.put(configMaps, labelled('b', 'db'));
    server.store.put(configMaps, {
      ...labelled('c', 'web'),
      metadata: { name: 'c', namespace: 'other', labels: { app: 'web' } },
    });
    const { informer, told } = start({ options: { namespace: 'shop', labelSelector: 'app=web' } });
    await informer.synced();
    await watching();
    expect(names()).toEqual(['a']);
    server.store.put(configMaps, labelled('b', 'web'));
    server.store.put(configMaps, labelled('a', 'db'));
    await eventually(() => expect(told).toEqual(['+a', '+b', '-a']));
  });

  it('finds objects by index through additions, changes and deletions', async () => {
    server.store.put(configMaps, configMap('a', { team: 'red' }));
    const { informer } = start({ before: (it) => it.addIndex('team', (object) => [object.data?.['team'] ?? 'none']) });
    const members = (team: string) => informer.byIndex('team', team).map((object) => object.metadata.name);
    await informer.synced();
    await watching();
    expect(members('red')).toEqual(['a']);
    server.store.put(configMaps, configMap('b', { team: 'red' }));
    server.store.put(configMaps, configMap('a', { team: 'blue' }));
    await eventually(() => expect(members('blue')).toEqual(['a']));
    expect(members('red')).toEqual(['b']);
    expect(informer.countOf('team', 'red')).toBe(1);
    server.store.delete(configMaps, 'shop/b');
    await eventually(() => expect(members('red')).toEqual([]));
    expect(informer.countOf('team', 'red')).toBe(0);
    expect(() => informer.byIndex('colour', 'red')).toThrow('configmaps have no index "colour"');
  });

  it('does not keep managedFields', async () => {
    const object = configMap('a');
    server.store.put(configMaps, {
      ...object,
      metadata: { ...object.metadata, managedFields: [{ manager: 'kubectl' }] },
    });
    const { informer } = start();
    await informer.synced();
    expect(informer.get('shop/a')?.metadata).not.toHaveProperty('managedFields');
  });

  it('ends at once while it connects, lists, watches or backs off, and leaves no socket', async () => {
    const phases = [
      () => server.faults.add({ verb: 'list' }, { kind: 'mute' }),
      () => server.faults.add({ verb: 'list' }, { kind: 'stall', afterBytes: 5 }),
      () => server.faults.add({ verb: 'watch' }, { kind: 'mute' }),
      () => server.faults.add({ verb: 'list' }, { kind: 'status', code: 503, retryAfter: '60' }),
      () => undefined,
    ];
    for (const arrange of phases) {
      server.requests.length = 0;
      arrange();
      const { informer, stop } = start();
      await eventually(() => expect(server.requests.length).toBeGreaterThan(0));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const stoppedAt = performance.now();
      await stop();
      expect(performance.now() - stoppedAt).toBeLessThan(500);
      const outcome = await informer.synced().then(
        () => true,
        () => false,
      );
      expect(outcome).toBe(informer.hasSynced);
      await eventually(() => expect(server.connections()).toBe(0));
      running = undefined;
      server.faults.clear();
    }
  });

  it('leaves nothing behind after fifty starts and stops', async () => {
    server.store.put(configMaps, configMap('a'));
    const openHandles = () => process.getActiveResourcesInfo().filter((kind) => /TCPSOCKET|Timeout/i.test(kind)).length;
    const before = openHandles();
    for (let i = 0; i < 50; i += 1) {
      const { informer, stop } = start();
      await informer.synced();
      await stop();
    }
    running = undefined;
    await eventually(() => expect(server.connections()).toBe(0));
    await eventually(() => expect(openHandles()).toBeLessThanOrEqual(before + 1));
  });
});
