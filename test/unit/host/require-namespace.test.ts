import { expect, test } from 'vitest';
import { requireNamespace } from '../../../src/host/require-namespace.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const may = async () => true;

test('a namespace that is there will do', async () => {
  const client = answeringClient({ get: async () => ({ metadata: { name: 'team-a' } }) as never });
  await expect(requireNamespace(client, 'team-a', may)).resolves.toBeUndefined();
});

test('a namespace that k3v may not read is not asked for', async () => {
  await requireNamespace(answeringClient({}), 'team-a', async (right) => {
    expect(right).toEqual({ group: '', plural: 'namespaces', name: 'team-a', verb: 'get', namespace: 'team-a' });
    return false;
  });
});

test('a namespace that is not there is named, with what to do', async () => {
  const client = answeringClient({ get: refusing(404, 'NotFound') });
  await expect(requireNamespace(client, 'team-a', may)).rejects.toMatchObject({
    code: 'HOST_NAMESPACE_MISSING',
    message: 'the host has no namespace "team-a"',
    hint: expect.stringContaining('kubectl create namespace team-a'),
  });
});

test('a host that is busy with something else is reported as it is', async () => {
  const client = answeringClient({ get: refusing(500, 'InternalError', 'etcd is away') });
  await expect(requireNamespace(client, 'team-a', may)).rejects.toMatchObject({
    name: 'StatusError',
    message: 'etcd is away',
  });
});
