import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeObject, type Resource, resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import type { OptInKind } from '../../../src/syncer/define-opt-in.ts';
import { ingresses } from '../../../src/syncer/kinds/ingresses.ts';
import { priorityClasses } from '../../../src/syncer/kinds/priorityclasses.ts';
import { retireKinds } from '../../../src/syncer/retire-kinds.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { marked, translator } from '../../support/worlds.ts';
import { clientOf } from '../../support/running-informer.ts';

const { ingressClasses } = resources;

describe('a kind that --sync names no more', () => {
  let virtual: FakeApiServer;
  let host: FakeApiServer;
  let store: ReturnType<typeof createMemoryStore>;

  beforeEach(async () => {
    [virtual, host] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
    store = createMemoryStore();
    const put = ({ store: objects }: FakeApiServer, resource: Resource, metadata: KubeObject['metadata']) =>
      objects.put(resource, { kind: resource.kind, metadata });
    put(host, resources.ingresses, marked('Ingress', 'shop', 'web'));
    put(host, resources.ingresses, { name: 'foreign', namespace: 'team' });
    put(host, resources.ingresses, { ...marked('Ingress', 'shop', 'web'), namespace: 'elsewhere' });
    put(host, resources.priorityClasses, marked('PriorityClass', '', 'high'));
    put(host, resources.priorityClasses, { name: 'foreign' });
    put(virtual, resources.ingresses, { name: 'web', namespace: 'shop' });
    put(virtual, ingressClasses, { name: 'shown', labels: { 'k3v.io/managed': 'true' } });
    put(virtual, ingressClasses, { name: 'own' });
  });

  afterEach(async () => {
    await Promise.all([virtual.stop(), host.stop()]);
  });

  async function start(kinds: OptInKind[]): Promise<void> {
    const clients = { virtual: clientOf(virtual.url), host: clientOf(host.url) };
    const opened = kinds.map((kind) => kind.open({ ...resources.ingresses, hasStatus: true }));
    await retireKinds(opened, { clients, translator, store, log: silentLog });
    for (const client of Object.values(clients)) client.close();
  }
  const names = ({ store: objects }: FakeApiServer, resource: Resource) =>
    objects.list<KubeObject>(resource).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const deletions = () => host.count('delete') + virtual.count('delete');

  it('loses its host objects and what was shown, and nothing else', async () => {
    const { name } = marked('Ingress', 'shop', 'web');
    await start([ingresses, priorityClasses]);
    expect(deletions()).toBe(0);
    await start([priorityClasses]);
    expect(names(host, resources.ingresses)).toEqual([`elsewhere/${name}`, 'team/foreign']);
    expect(names(host, resources.priorityClasses)).toHaveLength(2);
    expect(names(virtual, resources.ingresses)).toEqual(['shop/web']);
    expect(names(virtual, ingressClasses)).toEqual(['/own']);
    await start([]);
    expect(names(host, resources.priorityClasses)).toEqual(['/foreign']);
    expect(deletions()).toBe(3);
  });

  it('is asked after once, and not again', async () => {
    await start([ingresses]);
    await start([]);
    const requests = host.requests.length + virtual.requests.length;
    await start([]);
    expect(host.requests.length + virtual.requests.length).toBe(requests);
  });

  it('stays where the host does not let k3v delete it, until it does', async () => {
    await start([priorityClasses]);
    host.faults.add({ verb: 'delete' }, { kind: 'status', code: 403 });
    await start([]);
    expect(names(host, resources.priorityClasses)).toHaveLength(2);
    await start([]);
    expect(names(host, resources.priorityClasses)).toEqual(['/foreign']);
  });
});
