import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { createInformer } from '../../../src/kube/store-informer.ts';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { createWatchMeters } from '../../../src/metrics/watch-meters.ts';
import { sumOf } from '../../support/figures.ts';
import { type ScriptedClient, createScriptedClient } from '../../support/scripted-client.ts';

const settle = async () => await vi.advanceTimersByTimeAsync(10_000);
let registry: Registry;
let client: ScriptedClient;
let ending: AbortController;
let running: Promise<void>;

const counts = async () => {
  const text = await registry.metrics();
  const labels = { side: 'host', resource: 'configmaps' };
  return {
    restarts: sumOf(text, 'k3v_watch_restarts_total', labels),
    relists: sumOf(text, 'k3v_relists_total', labels),
  };
};

beforeEach(async () => {
  vi.useFakeTimers();
  registry = new Registry();
  client = createScriptedClient();
  ending = new AbortController();
  const meter = createWatchMeters(registry)('host', resources.configMaps);
  const onError = () => undefined;
  const informer = createInformer<ConfigMap>({ client, resource: resources.configMaps, options: {}, onError, meter });
  running = informer.start(ending.signal);
  await settle();
});
afterEach(async () => {
  ending.abort(new Error('the end'));
  await running;
  vi.useRealTimers();
});

it('a first list and a first watch are nothing, also if the list took several tries', async () => {
  client.lists[0]?.fail(new ConnectionError('refused'));
  await settle();
  client.lists[1]?.answer({});
  await settle();
  expect(client.watches).toHaveLength(1);
  expect(await counts()).toEqual({ restarts: 0, relists: 0 });
});

it('a watch that ends or breaks off is a restart, one that has to begin anew a relist, too', async () => {
  client.lists[0]?.answer({});
  await settle();
  client.watches[0]?.end();
  await settle();
  expect(await counts()).toEqual({ restarts: 1, relists: 0 });
  client.watches[1]?.fail(new ConnectionError('broke off'));
  await settle();
  expect(await counts()).toEqual({ restarts: 2, relists: 0 });
  client.watches[2]?.fail(new StatusError(410, { code: 410, reason: 'Expired' }));
  await settle();
  client.lists[1]?.answer({});
  await settle();
  expect(await counts()).toEqual({ restarts: 3, relists: 1 });
});
