import { afterEach, beforeEach, expect, it } from 'vitest';
import { publishKubeconfig } from '../../../src/host/kubeconfig-secret.ts';
import type { StreamingKubeClient } from '../../../src/kube/rest-client.ts';
import { type Secret, resources } from '../../../src/kube/types.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

let host: FakeApiServer;
let client: StreamingKubeClient;
const wanted = { namespace: 'team', name: 'tenant', id: 'a' };
const kept = () => {
  const found = host.store.get<Secret>(resources.secrets, 'team/tenant');
  return Buffer.from(found?.data?.['kubeconfig.yaml'] ?? '', 'base64').toString();
};

beforeEach(async () => {
  host = await startFakeApiServer();
  client = clientOf(host.url);
});
afterEach(async () => {
  client.close();
  await host.stop();
});

it('makes the Secret, and brings it up to date, but never touches one of others', async () => {
  await publishKubeconfig(client, { ...wanted, kubeconfig: 'first' });
  expect(kept()).toBe('first');
  await publishKubeconfig(client, { ...wanted, kubeconfig: 'second' });
  expect(kept()).toBe('second');
  await expect(publishKubeconfig(client, { ...wanted, id: 'b', kubeconfig: 'theirs' })).rejects.toMatchObject({
    code: 'FLAG_INVALID',
    message: "--write-kubeconfig-secret: the Secret team/tenant is not of k3v's",
  });
  expect(kept()).toBe('second');
});

it('takes the Secret that comes up in between, if it is its own', async () => {
  host.faults.add({ verb: 'get', plural: 'secrets' }, { kind: 'status', code: 404 });
  const metadata = { name: 'tenant', namespace: 'team', labels: { 'k3v.io/kubeconfig-of': 'a' } };
  host.store.put<Secret>(resources.secrets, { metadata });
  await publishKubeconfig(client, { ...wanted, kubeconfig: 'mine' });
  expect(kept()).toBe('mine');
});
