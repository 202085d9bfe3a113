import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimId } from '../../../src/host/claim-id.ts';
import { isClaimKept } from '../../../src/host/knock.ts';
import { keepClaim } from '../../../src/host/keep-claim.ts';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

describe('the claim of an id, while k3v runs', () => {
  let server: FakeApiServer;
  let client: ReturnType<typeof clientOf>;
  let ending: AbortController;
  const ref = { resource: resources.configMaps, namespace: 'team', name: 'k3v-blue' };
  const held = async () => (await client.get<ConfigMap>(ref)).data;
  const keep = () => keepClaim(client, { namespace: 'team', id: 'blue', owner: 'us', log: silentLog }, ending.signal);

  beforeEach(async () => {
    server = await startFakeApiServer();
    client = clientOf(server.url);
    ending = new AbortController();
    await claimId(client, 'team', 'blue', 'us');
  });
  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it('is made again when it is deleted, also before anybody looked, and only then', async () => {
    await client.delete(ref);
    const keeping = keep();
    await eventually(async () => expect(await held()).toEqual({ owner: 'us' }));
    await eventually(() => expect(server.watching()).toBe(1));
    await client.delete(ref);
    await eventually(async () => expect(await held()).toEqual({ owner: 'us' }));
    await client.patch(ref, 'merge', { metadata: { labels: { colour: 'blue' } } });
    ending.abort();
    await keeping;
    expect(server.count('create', 'configmaps')).toBe(3);
  });

  it('is made again once the host lets it be', async () => {
    const keeping = keep();
    await eventually(() => expect(server.watching()).toBe(1));
    const refusal = { kind: 'status', code: 404, reason: 'NotFound', message: 'namespaces "team" not found' } as const;
    server.faults.add({ verb: 'create' }, refusal);
    await client.delete(ref);
    await eventually(async () => expect(await held()).toEqual({ owner: 'us' }));
    ending.abort();
    await keeping;
  });

  it('that another has taken ends k3v', async () => {
    const keeping = keep();
    await eventually(() => expect(server.watching()).toBe(1));
    await client.patch(ref, 'merge', { data: { owner: 'them' } });
    await expect(keeping).rejects.toMatchObject({ code: 'ID_TAKEN' });
    expect(await held()).toEqual({ owner: 'them' });
  });

  it('answers who asks whether k3v runs, also to a question of before its start', async () => {
    const place = { namespace: 'team', id: 'blue', waitMs: 1_000 };
    expect(await isClaimKept(client, place)).toBe(false);
    await client.patch(ref, 'merge', { metadata: { annotations: { 'k3v.io/knock': 'old' } } });
    const keeping = keep();
    const annotations = async () => (await client.get<ConfigMap>(ref)).metadata.annotations ?? {};
    await eventually(async () => expect(await annotations()).toEqual({}));
    expect(await isClaimKept(client, { ...place, waitMs: 20_000 })).toBe(true);
    ending.abort();
    await keeping;
    expect(await isClaimKept(client, place)).toBe(false);
    expect(await annotations()).toEqual({});
    expect(await held()).toEqual({ owner: 'us' });
    expect(await isClaimKept(client, { ...place, id: 'unclaimed' })).toBe(false);
  });
});
