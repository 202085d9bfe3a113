import { describe, expect, test } from 'vitest';
import { claimId } from '../../../src/host/claim-id.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import type { ConfigMap } from '../../../src/kube/types.ts';
import { answeringClient } from '../../support/answering-client.ts';

/** A host that holds at most one ConfigMap, as an API server does: the second create of a name is refused. */
function hostWith(held?: Partial<ConfigMap>) {
  const state = { held: held as ConfigMap | undefined, creates: 0, beforeGet: () => undefined as void };
  const create = (async (_resource: unknown, object: ConfigMap) => {
    state.creates += 1;
    if (state.held) throw new StatusError(409, { reason: 'AlreadyExists', message: 'already exists' });
    state.held = object;
    return object;
  }) as unknown as KubeClient['create'];
  const get = (async () => {
    state.beforeGet();
    if (!state.held) throw new StatusError(404, { reason: 'NotFound', message: 'not found' });
    return state.held;
  }) as unknown as KubeClient['get'];
  return { state, client: answeringClient({ create, get }) };
}

describe('an id in a host namespace', () => {
  test('is taken by the ConfigMap k3v-<id>, which names its owner', async () => {
    const { state, client } = hostWith();
    await claimId(client, 'team-a', 'blue', 'uid-1');
    expect(state.held).toMatchObject({ metadata: { name: 'k3v-blue', namespace: 'team-a' }, data: { owner: 'uid-1' } });
  });

  test('stays with its owner over a restart', async () => {
    const { client } = hostWith({ data: { owner: 'uid-1' } });
    await expect(claimId(client, 'team-a', 'blue', 'uid-1')).resolves.toBeUndefined();
  });

  test.each([{ data: { owner: 'uid-2' } }, { data: {} }, {}])('is refused if %j holds it', async (held) => {
    const { client } = hostWith(held);
    await expect(claimId(client, 'team-a', 'blue', 'uid-1')).rejects.toMatchObject({
      code: 'ID_TAKEN',
      message: expect.stringMatching(/"blue".*"team-a"/),
      hint: expect.stringMatching(/--id.*k3v\.io\/cluster=blue.*k3v-blue/),
    });
  });

  test('goes to one of two that ask at once', async () => {
    const { client } = hostWith();
    const ended = await Promise.allSettled(['uid-1', 'uid-2'].map((owner) => claimId(client, 'team-a', 'blue', owner)));
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('is claimed anew when its ConfigMap vanishes between the two requests', async () => {
    const { state, client } = hostWith({ data: { owner: 'uid-2' } });
    state.beforeGet = () => {
      state.held = undefined;
      state.beforeGet = () => undefined;
    };
    await claimId(client, 'team-a', 'blue', 'uid-1');
    expect(state.creates).toBe(2);
    expect(state.held?.data).toEqual({ owner: 'uid-1' });
  });
});
