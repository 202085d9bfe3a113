import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Service, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import type { StateStore } from '../../../src/state/store.ts';
import { createRecreateJournal } from '../../../src/syncer/recreate-journal.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

const service = (uid: string, clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'web', uid },
  spec: { clusterIP },
});
const key = 'shop/web';
const { metadata: _, ...content } = service('', '10.0.0.2');
const replacement: Service = { ...content, metadata: { namespace: 'shop', name: 'web' } };
let virtual: FakeApiServer;
let client: ReturnType<typeof clientOf>;
let store: StateStore;
let refused: unknown[];

const journal = () => createRecreateJournal({ client, store, onRefused: (error) => refused.push(error) });
const live = () => virtual.store.get<Service>(resources.services, key);
const left = async () => await store.get(`recreate/services/${key}`);
/** As an API server refuses an address that is taken, be it by the very Service that is to be made. */
const addressTaken = {
  kind: 'status',
  code: 422,
  reason: 'Invalid',
  message: 'spec.clusterIPs: already allocated',
} as const;
const ending = {
  kind: 'status',
  code: 403,
  reason: 'Forbidden',
  message: 'forbidden: unable to create new content in namespace shop because it is being terminated',
} as const;

beforeEach(async () => {
  virtual = await startFakeApiServer();
  client = clientOf(virtual.url);
  store = createMemoryStore();
  refused = [];
  virtual.store.put(resources.services, service('old', '10.0.0.1'));
});
afterEach(async () => {
  client.close();
  await virtual.stop();
});

/** Leaves the old Service deleted and the new one not made. */
async function crashInBetween(): Promise<void> {
  virtual.faults.add({ verb: 'create' }, { kind: 'status', code: 503 });
  await expect(journal().recreate(resources.services, 'old', replacement)).rejects.toThrow('503');
  expect(live()).toBeUndefined();
}

describe('the journal of Services that are made anew', () => {
  it('makes again what a crash left deleted', async () => {
    await crashInBetween();
    await journal().replay([resources.services]);
    expect(live()?.spec?.clusterIP).toBe('10.0.0.2');
    expect(await left()).toBeUndefined();
  });

  it('is done with a Service that was made before the crash, although the API server says that its address is taken', async () => {
    await crashInBetween();
    virtual.store.put(resources.services, service('new', '10.0.0.2'));
    virtual.faults.add({ verb: 'create' }, addressTaken);
    await journal().replay([resources.services]);
    expect([refused, await left()]).toEqual([[], undefined]);
    expect(live()?.metadata.uid).toBe('new');
  });

  it('is done with one whose namespace is going', async () => {
    await crashInBetween();
    virtual.faults.add({ verb: 'create' }, ending);
    await journal().replay([resources.services]);
    expect([refused, await left()]).toEqual([[], undefined]);
  });

  it('does not wait for what is refused just now, and makes it when it is looked at', async () => {
    await crashInBetween();
    virtual.faults.add({ verb: 'create' }, addressTaken, 2);
    const again = journal();
    await again.replay([resources.services]);
    expect(refused).toHaveLength(1);
    await expect(again.resume(resources.services, key, undefined)).rejects.toThrow('already allocated');
    expect(await again.resume(resources.services, key, undefined)).toBe(true);
    expect(live()?.spec?.clusterIP).toBe('10.0.0.2');
    expect(await again.resume(resources.services, key, undefined)).toBe(false);
  });

  it('brings nothing back that the tenant has made and deleted since', async () => {
    virtual.faults.add({ verb: 'create' }, { kind: 'status', code: 503 });
    const running = journal();
    await expect(running.recreate(resources.services, 'old', replacement)).rejects.toThrow('503');
    // What the watch still shows is no reason to forget it.
    expect(await running.resume(resources.services, key, service('old', '10.0.0.1'))).toBe(false);
    expect(await left()).toBeDefined();
    expect(await running.resume(resources.services, key, service('tenants', '10.0.0.3'))).toBe(false);
    expect(await running.resume(resources.services, key, undefined)).toBe(false);
    expect([live(), await left()]).toEqual([undefined, undefined]);
  });
});
