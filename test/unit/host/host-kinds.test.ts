import { describe, expect, it } from 'vitest';
import { findHostKinds } from '../../../src/host/host-kinds.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import type { ResourceRight } from '../../../src/kube/resource-right.ts';
import { answeringClient } from '../../support/answering-client.ts';

const answers: Record<string, object> = {
  '/apis/x.io': { versions: [{ version: 'v1beta1' }, { version: 'v1' }], preferredVersion: { version: 'v1' } },
  '/apis/x.io/v1': {
    resources: [
      { name: 'things', kind: 'Thing', namespaced: true },
      { name: 'things/status', kind: 'Thing', namespaced: true },
    ],
  },
  '/apis/x.io/v1beta1': { resources: [{ name: 'things', kind: 'Thing', namespaced: true }] },
};
const client = answeringClient({
  request: async (_method: string, path: string) => {
    const answer = answers[path];
    if (!answer) throw new StatusError(404, { message: 'the server could not find the requested resource' });
    return answer;
  },
});
const right = (group: string, plural: string, needed = true): ResourceRight => ({
  group,
  plural,
  verbs: 'write',
  clusterWide: false,
  needed,
});

describe('a further kind of the host', () => {
  it('is found in every version that serves it, the preferred one first', async () => {
    const things = { group: 'x.io', plural: 'things', kind: 'Thing', namespaced: true };
    const found = await findHostKinds(client, [{ name: 'things', rights: [right('x.io', 'things')] }]);
    expect([...found]).toEqual([
      [
        'things',
        [
          { ...things, version: 'v1', hasStatus: true },
          { ...things, version: 'v1beta1', hasStatus: false },
        ],
      ],
    ]);
  });

  it.each([
    ['others', 'x.io'],
    ['things', 'y.io'],
  ])('that the host does not serve is an error that says so: %s.%s', async (plural, group) => {
    const kinds = [{ name: plural, rights: [right('x.io', 'optional', false), right(group, plural)] }];
    await expect(findHostKinds(client, kinds)).rejects.toMatchObject({
      code: 'HOST_API_MISSING',
      message: `--sync ${plural}: the host does not serve ${plural}.${group}`,
      hint: expect.stringContaining(`--api-group ${group}`),
    });
  });
});
