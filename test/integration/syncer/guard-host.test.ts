import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { type Service, keyOf, resources } from '../../../src/kube/types.ts';
import { guardHost } from '../../../src/syncer/guard-host.ts';
import { createQuotaLedger } from '../../../src/syncer/quota-ledger.ts';
import { type SideStores, createSideStores } from '../../../src/syncer/side-stores.ts';
import { createTranslator, marks } from '../../../src/translate/translator.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

const { services } = resources;
const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const { metadata } = translator.hostObject(services, { metadata: { name: 'web', namespace: 'shop', uid: 'u' } });
const web: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { type: 'ClusterIP', ports: [{ port: 80 }] },
};
const ref = { resource: services, namespace: 'team', name: metadata.name };
let host: FakeApiServer;
let client: KubeClient;
let guarded: KubeClient;
let stores: SideStores;
let ending: AbortController;
let ended: Promise<void>;

const known = () => stores.lister<Service>(services).get(keyOf(web));

beforeEach(async () => {
  host = await startFakeApiServer();
  host.store.put(services, web);
  // What the watch would tell comes later than the test.
  host.faults.add({ verb: 'watch', plural: 'services' }, { kind: 'stall' });
  client = clientOf(host.url);
  const options = { client, scope: () => ({}), onError: () => undefined };
  stores = createSideStores(options);
  const quota = new Map([['services', 5]]);
  const both = { virtual: createSideStores(options), host: stores };
  const ledger = createQuotaLedger({ quota, stores: both, translator, wake: () => undefined, elapsed: () => 0 });
  guarded = guardHost(client, ledger, { waits: true });
  ending = new AbortController();
  ended = stores.start(ending.signal);
  await stores.synced();
});

afterEach(async () => {
  ending.abort();
  await ended;
  client.close();
  await host.stop();
});

it('what has been changed is known at once', async () => {
  await guarded.patch(ref, 'merge', { spec: { type: 'NodePort' } });
  expect(known()?.spec?.type).toBe('NodePort');
});

it('an object that says no longer whose it is stays known as it was until the watch tells, or nobody would be asked to put that right', async () => {
  const annotations = { ...metadata.annotations, [marks.ownerName]: 'another' };
  host.store.put(services, { ...web, metadata: { ...metadata, annotations } });
  const after = await guarded.patch(ref, 'merge', { spec: { type: 'NodePort' } });
  expect(after.metadata.annotations?.[marks.ownerName]).toBe('another');
  expect(known()?.metadata.annotations?.[marks.ownerName]).toBe('web');
});
