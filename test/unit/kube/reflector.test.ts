import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { reflect } from '../../../src/kube/reflector.ts';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { type ScriptedClient, createScriptedClient } from '../../support/scripted-client.ts';

describe('a reflector', () => {
  let client: ScriptedClient;
  let errors: unknown[];
  let running: Promise<void>;
  let ending: AbortController;
  const settle = async () => await vi.advanceTimersByTimeAsync(0);

  function start(random = 0): void {
    client = createScriptedClient();
    errors = [];
    ending = new AbortController();
    const nothing = () => undefined;
    running = reflect<ConfigMap>({
      client,
      resource: resources.configMaps,
      options: {},
      sink: { listing: nothing, replace: nothing, put: nothing, remove: nothing },
      signal: ending.signal,
      onError: (error) => void errors.push(error),
      random: () => random,
    });
  }

  beforeEach(() => void vi.useFakeTimers());
  afterEach(async () => {
    ending.abort();
    await running;
    vi.useRealTimers();
  });

  /** Fails the newest list `times` times and returns the pauses in between. */
  async function pausesOf(times: number, error: () => unknown): Promise<number[]> {
    const pauses: number[] = [];
    for (let i = 0; i < times; i += 1) {
      const failedAt = Date.now();
      client.lists.at(-1)?.fail(error());
      const count = client.lists.length;
      await settle();
      while (client.lists.length === count) await vi.advanceTimersToNextTimerAsync();
      pauses.push(Date.now() - failedAt);
    }
    return pauses;
  }

  it('backs off from 0.8 s to 30 s', async () => {
    start();
    const pauses = await pausesOf(8, () => new ConnectionError('refused'));
    expect(pauses).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect(errors).toHaveLength(8);
  });

  it('spreads the pauses by up to their double', async () => {
    start(0.5);
    expect(await pausesOf(2, () => new ConnectionError('refused'))).toEqual([1_200, 2_400]);
  });

  it('begins with the shortest pause again after two minutes without an error', async () => {
    start();
    await pausesOf(4, () => new ConnectionError('refused'));
    await vi.advanceTimersByTimeAsync(120_001);
    expect(await pausesOf(1, () => new ConnectionError('refused'))).toEqual([800]);
  });

  it.each([429, 503])('waits after a %i as long as the server asks', async (code) => {
    start();
    expect(await pausesOf(2, () => new StatusError(code, {}, 7_000))).toEqual([7_000, 7_000]);
  });

  it('backs off after a 429 that does not say how long', async () => {
    start();
    expect(await pausesOf(2, () => new StatusError(429, {}))).toEqual([800, 1_600]);
  });

  it('notices a watch that is dead without a word 30 s after its time, and resumes it without an error or a list', async () => {
    start();
    client.lists[0]?.answer({ resourceVersion: '5' });
    await settle();
    expect(client.watches[0]?.query.timeoutSeconds).toBe(300);
    await vi.advanceTimersByTimeAsync(329_999);
    expect(client.watches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.watches).toHaveLength(2);
    expect(client.watches[1]?.query.resourceVersion).toBe('5');
    expect(errors).toEqual([]);
    expect(client.lists).toHaveLength(1);
  });

  it('leaves no timer when it ends, while it waits or watches', async () => {
    start();
    client.lists[0]?.fail(new ConnectionError('refused'));
    await settle();
    expect(vi.getTimerCount()).toBe(1);
    ending.abort();
    await running;
    expect(vi.getTimerCount()).toBe(0);
    start();
    client.lists[0]?.answer({ resourceVersion: '5' });
    await settle();
    expect(vi.getTimerCount()).toBe(1);
    ending.abort();
    await running;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('asks for watches of 300 to 600 s', async () => {
    start(1);
    client.lists[0]?.answer({ resourceVersion: '5' });
    await settle();
    expect(client.watches[0]?.query.timeoutSeconds).toBe(600);
  });

  it.each([
    ['a connection that broke', new ConnectionError('reset'), 1],
    ['a 500', new StatusError(500, {}), 1],
    ['a 401', new StatusError(401, {}), 1],
    ['a 403', new StatusError(403, {}), 1],
    ['a 429', new StatusError(429, {}), 1],
    ['a 410', new StatusError(410, {}), 2],
    ['an error in the stream that says Expired', new StatusError(500, { reason: 'Expired' }), 2],
    ['a 404, as of a kind that is no more', new StatusError(404, {}), 2],
    ['a 400, as of a version in words the server does not know', new StatusError(400, {}), 2],
  ])('after %s of a watch has listed this often', async (_, error, lists) => {
    start();
    client.lists[0]?.answer({ resourceVersion: '5' });
    await settle();
    client.watches[0]?.fail(error);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.lists).toHaveLength(lists);
    expect(client.watches).toHaveLength(lists === 1 ? 2 : 1);
  });

  it('resumes from the version of the last event, bookmarks included', async () => {
    start();
    client.lists[0]?.answer({ resourceVersion: '5' });
    await settle();
    client.watches[0]?.send('ADDED', { metadata: { name: 'a', resourceVersion: '6' } });
    client.watches[0]?.send('BOOKMARK', { metadata: { name: '', resourceVersion: '90' } });
    client.watches[0]?.end();
    await settle();
    expect(client.watches[1]?.query.resourceVersion).toBe('90');
  });
});
