import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import { resources } from '../../../src/kube/types.ts';
import { markCluster } from '../../../src/replicas/mark-cluster.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

let virtual: FakeApiServer;
let client: ReturnType<typeof clientOf>;
const caPem = (await createAuthority('one')).certPem;

const granted = async () => {};
const unasked = async () => {
  throw new Error('claimed in vain');
};

beforeEach(async () => {
  virtual = await startFakeApiServer();
  client = clientOf(virtual.url);
});
afterEach(async () => {
  client.close();
  await virtual.stop();
});

describe('the virtual cluster in a datastore', () => {
  it('is that of who came first, over restarts and for all with the same keys', async () => {
    await Promise.all([1, 2, 3].map(async () => await markCluster(client, { id: 'blue', caPem }, granted)));
    expect(virtual.store.list(resources.configMaps)).toHaveLength(1);
  });

  it('is refused to one with other keys', async () => {
    await markCluster(client, { id: 'blue', caPem }, granted);
    const other = (await createAuthority('one')).certPem;
    await expect(markCluster(client, { id: 'blue', caPem: other }, unasked)).rejects.toMatchObject({
      code: 'DATASTORE_TAKEN',
      message: expect.stringContaining('other keys'),
      hint: expect.stringContaining('k3v-blue-keys'),
    });
  });

  it('is refused to one with another id', async () => {
    await markCluster(client, { id: 'blue', caPem }, granted);
    await expect(markCluster(client, { id: 'green', caPem }, unasked)).rejects.toMatchObject({
      code: 'DATASTORE_TAKEN',
      message: expect.stringMatching(/"blue".*"green"/),
    });
  });

  it('is not noted by one whose id is refused on the host', async () => {
    const refusal = new Error('the id is taken');
    const claim = async () => {
      throw refusal;
    };
    await expect(markCluster(client, { id: 'blue', caPem }, claim)).rejects.toBe(refusal);
    expect(virtual.store.list(resources.configMaps)).toEqual([]);
  });
});
