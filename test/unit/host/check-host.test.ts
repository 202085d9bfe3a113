import { describe, expect, test } from 'vitest';
import { checkHost } from '../../../src/host/check-host.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ConnectionError } from '../../../src/kube/errors.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const version = (gitVersion: unknown): Partial<KubeClient> => ({ request: async () => ({ gitVersion }) });
const found = { get: async () => ({ metadata: { name: 'team-a' } }) as never };

describe('a host that will do', () => {
  test.each(['v1.28.0', 'v1.36.3', 'v1.36.1+k3s1', 'v1.30.5-eks-ce1d5eb'])('runs %s', async (gitVersion) => {
    expect(await checkHost(answeringClient({ ...version(gitVersion), ...found }), 'team-a')).toBe(gitVersion);
  });

  test('may keep k3v from reading its namespace', async () => {
    const client = answeringClient({ ...version('v1.36.3'), get: refusing(403, 'Forbidden') });
    expect(await checkHost(client, 'team-a')).toBe('v1.36.3');
  });
});

describe('a host that will not do', () => {
  const silent = async () => {
    throw new ConnectionError('connect ECONNREFUSED 127.0.0.1:6443');
  };
  test.each<[string, Partial<KubeClient>, { code: string; message?: RegExp; hint?: RegExp }]>([
    ['does not answer', { request: silent }, { code: 'HOST_UNREACHABLE', message: /ECONNREFUSED 127\.0\.0\.1:6443/ }],
    [
      'is no API server',
      { request: refusing(404, 'NotFound', '<html>') },
      { code: 'HOST_UNREACHABLE', message: /host\.example.*<html>/ },
    ],
    ['says no version', version(undefined), { code: 'HOST_UNREACHABLE', message: /host\.example/ }],
    ['refuses the credentials', { request: refusing(401, 'Unauthorized') }, { code: 'HOST_UNAUTHORIZED' }],
    ['lets nobody read its version', { request: refusing(403, 'Forbidden') }, { code: 'HOST_UNAUTHORIZED' }],
    [
      'refuses the credentials at the second question',
      { ...version('v1.36.3'), get: refusing(401, 'Unauthorized') },
      { code: 'HOST_UNAUTHORIZED' },
    ],
    ['is too old', version('v1.27.16'), { code: 'HOST_TOO_OLD', message: /v1\.27\.16/, hint: /1\.28/ }],
    [
      'lacks the namespace',
      { ...version('v1.36.3'), get: refusing(404, 'NotFound') },
      { code: 'HOST_NAMESPACE_MISSING', message: /"team-a"/, hint: /kubectl create namespace team-a/ },
    ],
  ])('%s', async (_title, answers, { code, message = /./, hint = /./ }) => {
    await expect(checkHost(answeringClient(answers), 'team-a')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('busy with something else is reported as it is', async () => {
    const client = answeringClient({ ...version('v1.36.3'), get: refusing(500, 'InternalError', 'etcd is away') });
    await expect(checkHost(client, 'team-a')).rejects.toMatchObject({ name: 'StatusError', message: 'etcd is away' });
  });
});
