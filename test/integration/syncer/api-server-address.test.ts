import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { reserveApiServerAddress } from '../../../src/syncer/api-server-address.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const key = `team/${translator.hostName('Service', 'default', 'kubernetes')}`;
const virtual = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'kubernetes', uid: 'u1' },
};
const spec = { clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9', 'fd00::9'] };
let host: FakeApiServer;
let client: KubeClient;

beforeEach(async () => {
  host = await startFakeApiServer();
  client = clientOf(host.url);
});

afterEach(async () => {
  client.close();
  await host.stop();
});

const hostService = () => translator.hostObject(resources.services, virtual);

describe('the address of the virtual API server', () => {
  it('is reserved by a host Service that asks for no address of its own', async () => {
    await reserveApiServerAddress(client, translator, silentLog);
    const [made] = host.requests.filter(({ verb }) => verb === 'create');
    expect(`${made?.namespace}/${Reflect.get(Object(made?.body['metadata']), 'name')}`).toBe(key);
    expect(made?.body['spec']).not.toHaveProperty('clusterIP');
  });

  it('goes away again with a start that fails', async () => {
    const { release } = await reserveApiServerAddress(client, translator, silentLog);
    expect(host.store.get(resources.services, key)).toBeDefined();
    await release();
    expect(host.store.get(resources.services, key)).toBeUndefined();
  });

  it('is that of the Service of an earlier start, which no failing start takes away', async () => {
    host.store.put(resources.services, { ...hostService(), spec });
    const { addresses, release } = await reserveApiServerAddress(client, translator, silentLog);
    await release();
    expect(addresses).toEqual(['10.0.0.9', 'fd00::9']);
    expect(host.store.get(resources.services, key)).toBeDefined();
    expect(host.requests.every(({ verb }) => verb === 'get')).toBe(true);
  });

  it('is not taken from a Service that is not ours', async () => {
    const { apiVersion, kind, metadata } = hostService();
    host.store.put(resources.services, {
      apiVersion,
      kind,
      metadata: { name: metadata.name, namespace: 'team' },
      spec,
    });
    await expect(reserveApiServerAddress(client, translator, silentLog)).rejects.toThrow(/not managed by k3v/);
  });
});
