import { describe, expect, test } from 'vitest';
import { checkHost } from '../../../src/host/check-host.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ConnectionError } from '../../../src/kube/errors.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const version = (gitVersion: unknown): Partial<KubeClient> => ({ request: async () => ({ gitVersion }) });

describe('a host that will do', () => {
  test.each(['v1.28.0', 'v1.36.3', 'v1.36.1+k3s1', 'v1.30.5-eks-ce1d5eb'])('runs %s', async (gitVersion) => {
    expect(await checkHost(answeringClient(version(gitVersion)))).toBe(gitVersion);
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
    ['is too old', version('v1.27.16'), { code: 'HOST_TOO_OLD', message: /v1\.27\.16/, hint: /1\.28/ }],
  ])('%s', async (_title, answers, { code, message = /./, hint = /./ }) => {
    await expect(checkHost(answeringClient(answers))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
