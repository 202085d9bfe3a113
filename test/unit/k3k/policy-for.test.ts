import { expect, it } from 'vitest';
import { policyLabel } from '../../../src/k3k/names.ts';
import { policyFor } from '../../../src/k3k/policy-for.ts';
import type { Cluster, VirtualClusterPolicy } from '../../../src/k3k/types.ts';
import type { KubeClient, ObjectRef } from '../../../src/kube/client.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import type { KubeObject, Namespace } from '../../../src/kube/types.ts';

const cluster = { metadata: { name: 'c', namespace: 'teams' }, spec: {} } as Cluster;
const bound: Namespace = { metadata: { name: 'teams', labels: { [policyLabel]: 'small' } } };
const small = { metadata: { name: 'small' }, spec: {} } as VirtualClusterPolicy;

/** What the stores hold, what the host has, and what it was asked for. */
function given(known: KubeObject[], onHost: KubeObject[]) {
  const asked: string[] = [];
  const named = (objects: KubeObject[], name: string) => objects.find(({ metadata }) => metadata.name === name);
  const store = { get: (key: string) => named(known, key) as never };
  const client = {
    async get({ name }: ObjectRef) {
      asked.push(name);
      const found = named(onHost, name);
      if (!found) throw new StatusError(404, { reason: 'NotFound' });
      return found;
    },
  } as unknown as Pick<KubeClient, 'get'>;
  return { asked, sources: { client, stores: { namespaces: store, policies: store } } };
}

it('is that of the namespace, without a word to the host where it is known', async () => {
  const { asked, sources } = given([bound, small], []);
  expect(await policyFor(cluster, sources)).toBe(small);
  expect(asked).toEqual([]);
});

it('is none where the namespace names none', async () => {
  const { asked, sources } = given([{ metadata: { name: 'teams' } }], []);
  expect(await policyFor(cluster, sources)).toBeUndefined();
  expect(asked).toEqual([]);
});

it('is asked of the host where a Cluster is seen before its namespace and its policy', async () => {
  const { asked, sources } = given([], [bound, small]);
  expect(await policyFor(cluster, sources)).toBe(small);
  expect(asked).toEqual(['teams', 'small']);
});

it('is missing when the host has none of its name, and none when the namespace has gone', async () => {
  expect(await policyFor(cluster, given([bound], []).sources)).toEqual({ missing: 'small' });
  expect(await policyFor(cluster, given([], []).sources)).toBeUndefined();
});
