import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { createConfigMapStore } from '../../../src/syncer/config-map-store.ts';
import { stateStoreContract } from '../../contract/state-store.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

let server: FakeApiServer;
let client: ReturnType<typeof clientOf>;
const open = () => createConfigMapStore({ client, namespace: 'kube-system', name: 'k3v-state' });

beforeEach(async () => {
  server = await startFakeApiServer();
  client = clientOf(server.url);
});
afterEach(async () => {
  client.close();
  await server.stop();
});

stateStoreContract('ConfigMap', async () => open());

describe('the ConfigMap state store', () => {
  it('loses nothing when several write at the same time', async () => {
    const stores = [open(), open(), open()];
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map(async (key, index) => await stores[index % 3]?.put(key, index)));
    const found: string[] = [];
    for await (const [key] of open().entries('')) found.push(key);
    expect(found.toSorted()).toEqual(keys.toSorted());
  });

  it('takes what a tenant has written there instead for nothing', async () => {
    const metadata = { name: 'k3v-state', namespace: 'kube-system' };
    for (const entries of ['nonsense', '{"a":1}', '[["a"],7]']) {
      server.store.put<ConfigMap>(resources.configMaps, { metadata, data: { entries } });
      expect(await open().get('a')).toBeUndefined();
    }
    await open().put('a', 1);
    expect(await open().get('a')).toBe(1);
  });

  it('writes nothing where nothing changes', async () => {
    await open().delete('never');
    await open().batch([]);
    expect(server.store.list(resources.configMaps)).toEqual([]);
  });
});
