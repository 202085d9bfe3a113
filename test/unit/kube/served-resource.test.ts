import { describe, expect, it } from 'vitest';
import { StatusError } from '../../../src/kube/errors.ts';
import { servedResource } from '../../../src/kube/served-resource.ts';
import { resources } from '../../../src/kube/types.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const serving = (served: Record<string, string[]>) =>
  answeringClient({
    async request(_, path) {
      const names = served[path];
      if (!names) throw new StatusError(404, { code: 404, reason: 'NotFound', message: 'not found' });
      return { resources: names.map((name) => ({ name })) };
    },
  });
const found = async (served: Record<string, string[]>) =>
  (await servedResource(serving(served), resources.clusterTrustBundles, ['v1', 'v1beta1']))?.version;

describe('a resource that an API server may have', () => {
  const group = '/apis/certificates.k8s.io';

  it('is taken in the first version that has it', async () => {
    expect(await found({ [`${group}/v1`]: ['clustertrustbundles'], [`${group}/v1beta1`]: [] })).toBe('v1');
    expect(
      await found({ [`${group}/v1`]: ['certificatesigningrequests'], [`${group}/v1beta1`]: ['clustertrustbundles'] }),
    ).toBe('v1beta1');
  });

  it('is none where no version has it, or none of the versions is there', async () => {
    expect(await found({ [`${group}/v1`]: ['certificatesigningrequests'] })).toBeUndefined();
    expect(await found({})).toBeUndefined();
  });

  it('is not taken for none because the server does not answer', async () => {
    const failing = answeringClient({ request: refusing(503, 'ServiceUnavailable') });
    await expect(servedResource(failing, resources.clusterTrustBundles, ['v1'])).rejects.toMatchObject({ code: 503 });
  });
});
