import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Informer } from '../../../src/kube/informer.ts';
import { createInformer } from '../../../src/kube/store-informer.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { type ScriptedClient, createScriptedClient } from '../../support/scripted-client.ts';

describe('an informer that is told of our own writes', () => {
  let client: ScriptedClient;
  let informer: Informer<ConfigMap>;
  let told: string[];
  let ending: AbortController;
  let running: Promise<void>;
  const settle = async () => await vi.advanceTimersByTimeAsync(0);
  const list = () => client.lists.at(-1);
  const watch = () => client.watches.at(-1);
  const object = (resourceVersion: number, uid = 'u1'): ConfigMap => ({
    metadata: { namespace: 'n', name: 'a', uid, resourceVersion: `${resourceVersion}` },
  });
  const known = () => informer.get('n/a')?.metadata.resourceVersion;

  async function listed(resourceVersion: number, ...items: ConfigMap[]): Promise<void> {
    list()?.answer({ resourceVersion: `${resourceVersion}`, items });
    await settle();
  }

  /** Makes the informer list again: the list is on its way when this resolves. */
  async function relist(): Promise<void> {
    watch()?.fail(new StatusError(410, {}));
    await settle();
    expect(client.lists).toHaveLength(2);
  }

  beforeEach(async () => {
    vi.useFakeTimers();
    client = createScriptedClient();
    told = [];
    const onError = () => undefined;
    informer = createInformer<ConfigMap>({ client, resource: resources.configMaps, options: {}, onError });
    informer.onChange(({ previous, current }) =>
      told.push(`${previous?.metadata.resourceVersion ?? ''}>${current?.metadata.resourceVersion ?? ''}`),
    );
    ending = new AbortController();
    running = informer.start(ending.signal);
    await settle();
  });
  afterEach(async () => {
    ending.abort();
    await running;
    vi.useRealTimers();
  });

  it('has what was observed at once, and tells of it, after what was told last, when the watch brings it', async () => {
    await listed(5);
    informer.observe(object(7));
    expect(known()).toBe('7');
    expect(told).toEqual([]);
    watch()?.send('ADDED', object(7));
    await settle();
    expect(told).toEqual(['>7']);
  });

  it('does not go back to what the watch says of the time before', async () => {
    await listed(5, object(5));
    informer.observe(object(9));
    watch()?.send('MODIFIED', object(7));
    await settle();
    expect(known()).toBe('9');
    watch()?.send('MODIFIED', object(9));
    watch()?.send('MODIFIED', object(10));
    await settle();
    expect(known()).toBe('10');
    expect(told).toEqual(['>5', '5>9', '9>10']);
  });

  it('leaves an object that has lost the labels it watches for to the watch, which tells that it has gone and then nothing more', async () => {
    const options = { labelSelector: 'app=a,tier!=b' };
    const onError = () => undefined;
    const labelled = createInformer<ConfigMap>({ client, resource: resources.configMaps, options, onError });
    const own = labelled.start(ending.signal);
    await settle();
    const withLabels = (resourceVersion: number, labels: Record<string, string>): ConfigMap => {
      const { metadata } = object(resourceVersion);
      return { metadata: { ...metadata, labels } };
    };
    const seen = () => labelled.get('n/a')?.metadata.resourceVersion;
    list()?.answer({ resourceVersion: '5', items: [withLabels(5, { app: 'a' })] });
    await settle();
    labelled.observe(withLabels(6, { app: 'a' }));
    expect(seen()).toBe('6');
    for (const labels of [{}, { app: 'c' }, { app: 'a', tier: 'b' }]) labelled.observe(withLabels(8, labels));
    expect(seen()).toBe('6');
    watch()?.send('DELETED', withLabels(7, { app: 'a' }));
    await settle();
    expect(seen()).toBeUndefined();
    ending.abort();
    await own;
  });

  it('ignores an answer that is older than what it has', async () => {
    await listed(5, object(5));
    informer.observe(object(4));
    expect(known()).toBe('5');
  });

  it('does not bring back what was seen deleted', async () => {
    await listed(5, object(5));
    watch()?.send('DELETED', object(8));
    await settle();
    informer.observe(object(7));
    expect(known()).toBeUndefined();
    expect(told).toEqual(['>5', '5>']);
  });

  it('keeps the successor that we made when the deletion of its forerunner comes late', async () => {
    await listed(5, object(5, 'old'));
    informer.observe(object(9, 'new'));
    watch()?.send('DELETED', object(8, 'old'));
    await settle();
    expect(informer.get('n/a')?.metadata.uid).toBe('new');
    expect(told).toEqual(['>5', '8>9']);
    informer.observe(object(10, 'old'));
    expect(informer.get('n/a')?.metadata.uid).toBe('new');
    watch()?.send('ADDED', object(9, 'new'));
    await settle();
    expect(told.slice(2)).toEqual(['9>9']);
  });

  it('keeps what we made while a list was on its way that was read before', async () => {
    await listed(5);
    await relist();
    informer.observe(object(12));
    await listed(11);
    expect(known()).toBe('12');
    expect(told).toEqual([]);
    watch()?.send('ADDED', object(12));
    await settle();
    expect(told).toEqual(['>12']);
  });

  it('drops what we made if a later list does not have it', async () => {
    await listed(5);
    informer.observe(object(7));
    await relist();
    await listed(11);
    expect(known()).toBeUndefined();
    expect(told).toEqual(['>7', '7>']);
  });

  it('drops what we made while a list was on its way if the list was read after and does not have it', async () => {
    await listed(5);
    await relist();
    informer.observe(object(10));
    await listed(11);
    expect(known()).toBeUndefined();
  });

  it('tells of an object in the first list even if it was observed before', async () => {
    informer.observe(object(4));
    await listed(5, object(4));
    expect(told).toEqual(['>4']);
  });

  it('believes a server that was set back to an older state', async () => {
    await listed(500, object(400));
    informer.observe(object(501));
    watch()?.fail(new ConnectionError('gone'));
    await vi.advanceTimersByTimeAsync(2_000);
    watch()?.fail(new StatusError(410, {}));
    await vi.advanceTimersByTimeAsync(5_000);
    await listed(60, object(50));
    expect(known()).toBe('50');
    watch()?.send('MODIFIED', object(61));
    await settle();
    expect(known()).toBe('61');
  });

  it('shows again what left its selector and came back', async () => {
    await listed(5, object(5));
    watch()?.send('DELETED', object(6));
    watch()?.send('ADDED', object(7));
    await settle();
    informer.observe(object(8));
    expect(known()).toBe('8');
  });

  it('lists anew when it is asked to, and says so when that list is in', async () => {
    await listed(5, object(5));
    let isDone = false;
    const relisted = informer.relist().then(() => (isDone = true));
    await settle();
    expect(client.lists).toHaveLength(2);
    expect([isDone, known()]).toEqual([false, '5']);
    await listed(8, object(8));
    await relisted;
    expect(known()).toBe('8');
    expect(watch()?.query.resourceVersion).toBe('8');
    expect(told).toEqual(['>5', '5>8']);
  });

  it('takes no list that was under way for one that was asked for', async () => {
    let isDone = false;
    const relisted = informer.relist().then(() => (isDone = true));
    client.lists[0]?.answer({ resourceVersion: '5', items: [object(5)] });
    await settle();
    expect(isDone).toBe(false);
    await listed(6, object(6));
    await relisted;
    expect(known()).toBe('6');
  });

  it('tries a list that was asked for again when it fails', async () => {
    await listed(5);
    const relisted = informer.relist();
    await settle();
    list()?.fail(new ConnectionError('away'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(client.lists).toHaveLength(3);
    await listed(6, object(6));
    await relisted;
    expect(known()).toBe('6');
  });

  it('rejects who waits for a list when it ends', async () => {
    await listed(5);
    const relisted = informer.relist();
    ending.abort(new Error('the end'));
    await expect(relisted).rejects.toThrow('the end');
  });
});

describe('an informer that keeps a part', () => {
  const object = (name: string, resourceVersion: number, data?: Record<string, string>): ConfigMap => ({
    metadata: { namespace: 'n', name, uid: name, resourceVersion: `${resourceVersion}` },
    ...(data ? { data } : {}),
  });

  it('never holds nor tells of the rest, listed or watched', async () => {
    vi.useFakeTimers();
    const client = createScriptedClient();
    const keep = ({ metadata, data }: ConfigMap) => (data?.['keep'] ? { metadata } : undefined);
    const onError = () => undefined;
    const informer = createInformer<ConfigMap>({ client, resource: resources.configMaps, options: {}, keep, onError });
    const told: string[] = [];
    informer.onChange(({ previous, current }) =>
      told.push(`${previous?.metadata.name ?? ''}>${current?.metadata.name ?? ''}`),
    );
    const ending = new AbortController();
    const running = informer.start(ending.signal);
    const settle = async () => await vi.advanceTimersByTimeAsync(0);
    const kept = { keep: 'yes' };
    client.lists[0]?.answer({ resourceVersion: '5', items: [object('ours', 1, kept), object('theirs', 2)] });
    await settle();
    const watch = client.watches[0];
    for (const type of ['ADDED', 'MODIFIED', 'DELETED'] as const) watch?.send(type, object('another', 6));
    watch?.send('ADDED', object('late', 7, kept));
    await settle();
    expect([...informer.list()]).toEqual([object('ours', 1), object('late', 7)]);
    watch?.send('MODIFIED', object('ours', 8));
    watch?.send('DELETED', object('late', 9, kept));
    await settle();
    expect(informer.size()).toBe(0);
    expect(told).toEqual(['>ours', '>late', 'ours>', 'late>']);
    ending.abort();
    await running;
    vi.useRealTimers();
  });
});
