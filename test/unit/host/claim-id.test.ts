import { describe, expect, test } from 'vitest';
import { claimId, takeId } from '../../../src/host/claim-id.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import { type ConfigMap, resources } from '../../../src/kube/types.ts';
import { answeringClient } from '../../support/answering-client.ts';

const claimOf = (owner: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'k3v-blue', namespace: 'team-a' },
  data: { owner },
});

/** A host that holds at most one ConfigMap, as an API server does: the second create of a name is refused. */
function hostWith(held?: Partial<ConfigMap>) {
  const state = {
    held: held as ConfigMap | undefined,
    creates: 0,
    beforeCreate: () => undefined as void,
    beforeGet: () => undefined as void,
    beforePatch: () => undefined as void,
  };
  const create = (async (_resource: unknown, object: ConfigMap) => {
    state.creates += 1;
    state.beforeCreate();
    if (state.held) throw new StatusError(409, { reason: 'AlreadyExists', message: 'already exists' });
    state.held = object;
    return object;
  }) as unknown as KubeClient['create'];
  const get = (async () => {
    state.beforeGet();
    if (!state.held) throw new StatusError(404, { reason: 'NotFound', message: 'not found' });
    return state.held;
  }) as unknown as KubeClient['get'];
  const patch = (async (_ref: unknown, _type: string, change: Partial<ConfigMap>) => {
    state.beforePatch();
    const held = await get({ resource: resources.configMaps, name: '' });
    state.held = { ...held, ...change } as ConfigMap;
    return state.held;
  }) as unknown as KubeClient['patch'];
  return { state, client: answeringClient({ create, get, patch }) };
}

describe('an id in a host namespace', () => {
  test('is taken by the ConfigMap k3v-<id>, which names its owner', async () => {
    const { state, client } = hostWith();
    await claimId(client, 'team-a', 'blue', 'uid-1');
    expect(state.held).toMatchObject({ metadata: { name: 'k3v-blue', namespace: 'team-a' }, data: { owner: 'uid-1' } });
  });

  test('stays with its owner over a restart', async () => {
    const { state, client } = hostWith({ data: { owner: 'uid-1' } });
    await expect(claimId(client, 'team-a', 'blue', 'uid-1')).resolves.toBeUndefined();
    expect(state.creates).toBe(0);
  });

  test.each([{ data: { owner: 'uid-2' } }, { data: {} }, {}])('is refused if %j holds it', async (held) => {
    const { client } = hostWith(held);
    await expect(claimId(client, 'team-a', 'blue', 'uid-1')).rejects.toMatchObject({
      code: 'ID_TAKEN',
      message: expect.stringMatching(/"blue".*"team-a"/),
      hint: expect.stringMatching(/another --id.*k3v uninstall --namespace team-a --id blue/),
    });
  });

  test('goes to one of two that ask at once', async () => {
    const { client } = hostWith();
    const ended = await Promise.allSettled(['uid-1', 'uid-2'].map((owner) => claimId(client, 'team-a', 'blue', owner)));
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('is claimed anew when another claims it in the same moment and gives it up', async () => {
    const { state, client } = hostWith();
    state.beforeCreate = () => {
      state.held = claimOf('uid-2');
      state.beforeCreate = () => undefined;
      state.beforeGet = () => (state.held = undefined);
    };
    await claimId(client, 'team-a', 'blue', 'uid-1');
    expect(state.creates).toBe(2);
    expect(state.held?.data).toEqual({ owner: 'uid-1' });
  });

  test.each([undefined, { data: { owner: 'uid-2' } }, { data: { owner: 'uid-1' } }])(
    'is taken over where %j is there',
    async (held) => {
      const { state, client } = hostWith(held);
      await takeId(client, 'team-a', 'blue', 'uid-1');
      expect(state.held?.data).toEqual({ owner: 'uid-1' });
    },
  );

  test('is taken over also from who claims it in the same moment', async () => {
    const { state, client } = hostWith();
    state.beforePatch = () => {
      state.beforePatch = () => undefined;
      queueMicrotask(() => (state.held = claimOf('uid-2')));
    };
    await takeId(client, 'team-a', 'blue', 'uid-1');
    expect(state.held?.data).toEqual({ owner: 'uid-1' });
  });
});
