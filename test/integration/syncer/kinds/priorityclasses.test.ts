import { describe, expect, it } from 'vitest';
import { type PriorityClass, resources } from '../../../../src/kube/types.ts';
import { priorityClasses } from '../../../../src/syncer/kinds/priorityclasses.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';
import { describeWorlds, marked, translator } from '../../../support/worlds.ts';

const named = (name: string, value: number): PriorityClass => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name, uid: 'u1' },
  value,
  globalDefault: true,
  preemptionPolicy: 'Never',
  description: 'd',
});
const onHost = (name: string, value: number): PriorityClass => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: marked('PriorityClass', '', name),
  value,
  preemptionPolicy: 'Never',
  description: 'd',
});
const foreign: PriorityClass = {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'high', labels: { 'k3v.io/cluster': 'a', 'k3v.io/managed': 'true', 'k3v.io/host-namespace': 'x' } },
  value: 7,
};

describeWorlds(
  'priority classes before and after',
  { kinds: [priorityClasses], compared: [resources.priorityClasses] },
  [
    {
      title: 'a class crosses, but is no default there; those of Kubernetes itself stay',
      virtual: [named('high', 100), named('system-node-critical', 2_000_001_000)],
      host: [foreign],
      after: {
        virtual: [named('high', 100), named('system-node-critical', 2_000_001_000)],
        host: [foreign, onHost('high', 100)],
      },
    },
    {
      title: 'a class that the tenant made anew with another value is made anew on the host',
      virtual: [{ ...named('high', 200), metadata: { name: 'high', uid: 'u1' } }],
      host: [
        {
          ...onHost('high', 100),
          metadata: marked('PriorityClass', '', 'high', { annotations: { 'k3v.io/owner-uid': 'u0' } }),
        },
      ],
      after: { virtual: [named('high', 200)], host: [onHost('high', 200)] },
    },
    {
      title: 'a class that the tenant deleted goes from the host; what is not of this cluster stays',
      virtual: [],
      host: [foreign, onHost('high', 100)],
      after: { virtual: [], host: [foreign] },
    },
  ],
);

describe('the host name of a cluster-scoped object', () => {
  it('is another for each host namespace, as an id means something only there', () => {
    const other = createTranslator({ id: 'a', hostNamespace: 'other' });
    expect(other.hostName('PriorityClass', '', 'high')).not.toBe(translator.hostName('PriorityClass', '', 'high'));
    expect(other.hostName('Pod', 'shop', 'web')).toBe(translator.hostName('Pod', 'shop', 'web'));
    expect(other.ownerOf(onHost('high', 1), 'PriorityClass')).toBeUndefined();
    expect(translator.ownerOf(onHost('high', 1), 'PriorityClass')).toMatchObject({ namespace: '', name: 'high' });
  });
});
