import { describe, expect, it } from 'vitest';
import { type PodDisruptionBudget, resources } from '../../../../src/kube/types.ts';
import { podDisruptionBudgets, toHostBudget } from '../../../../src/syncer/kinds/poddisruptionbudgets.ts';
import { describeWorlds, marked, translator } from '../../../support/worlds.ts';

type Spec = NonNullable<PodDisruptionBudget['spec']>;
type Status = NonNullable<PodDisruptionBudget['status']>;

const counted: Status = {
  observedGeneration: 1,
  expectedPods: 10,
  desiredHealthy: 7,
  currentHealthy: 10,
  disruptionsAllowed: 3,
};
const ofTenant = (spec: Spec, status?: Partial<Status>): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  spec,
  ...(status ? { status: { ...counted, ...status } } : {}),
});
const onHost = (spec: Spec): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: marked('PodDisruptionBudget', 'shop', 'web'),
  spec,
});
const selector = { matchLabels: { app: 'web' } };
const selectorOnHost = {
  matchLabels: { 'k3v.io/cluster': 'a', 'v.k3v.io/app': 'web' },
  matchExpressions: [{ key: 'k3v.io/namespace', operator: 'In', values: ['shop'] }],
};

describeWorlds(
  'pod disruption budgets before and after',
  { kinds: [podDisruptionBudgets], compared: [resources.podDisruptionBudgets] },
  [
    {
      title: 'a share of the pods becomes the number that the virtual cluster worked out, of pods of the own namespace',
      virtual: [ofTenant({ selector, maxUnavailable: '30%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }, {})],
      host: [],
      after: {
        virtual: [ofTenant({ selector, maxUnavailable: '30%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }, {})],
        host: [onHost({ selector: selectorOnHost, minAvailable: 7, unhealthyPodEvictionPolicy: 'AlwaysAllow' })],
      },
    },
    {
      title: 'the number follows the scale of the controllers, and takes the place of a limit of the other sort',
      virtual: [ofTenant({ selector, maxUnavailable: 1 }, { expectedPods: 4, desiredHealthy: 3 })],
      host: [onHost({ selector: selectorOnHost, maxUnavailable: 0 })],
      after: {
        virtual: [ofTenant({ selector, maxUnavailable: 1 }, { expectedPods: 4, desiredHealthy: 3 })],
        host: [onHost({ selector: selectorOnHost, minAvailable: 3 })],
      },
    },
    {
      title: 'a budget that the tenant deleted goes from the host',
      virtual: [],
      host: [onHost({ selector: selectorOnHost, minAvailable: 3 })],
      after: { virtual: [], host: [] },
    },
  ],
);

describe('the limit of a host budget', () => {
  const nothing = { maxUnavailable: 0 };
  const failed = [
    { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: '', lastTransitionTime: '' },
  ];
  it.each<[string, Spec, Partial<Status> | undefined, Spec]>([
    ['allows nothing until something is worked out', { minAvailable: 1 }, undefined, nothing],
    ['allows nothing of pods that no controller wants', { minAvailable: '50%' }, { expectedPods: 0 }, nothing],
    ['allows nothing where the controller failed', { maxUnavailable: 1 }, { conditions: failed }, nothing],
    ['is a number that stays a number', { minAvailable: 2 }, { desiredHealthy: 2 }, { minAvailable: 2 }],
    ['may be zero', { minAvailable: 0 }, { desiredHealthy: 0 }, { minAvailable: 0 }],
  ])('%s', (_, spec, status, expected) => {
    expect(toHostBudget(ofTenant(spec, status), translator).spec).toEqual(expected);
  });

  it('without a selector is for no pods, with an empty one for all of the namespace', () => {
    expect(toHostBudget(ofTenant({ minAvailable: 1 }), translator).spec?.selector).toBeUndefined();
    expect(toHostBudget(ofTenant({ selector: {}, minAvailable: 1 }), translator).spec?.selector).toEqual({
      matchLabels: { 'k3v.io/cluster': 'a' },
      matchExpressions: selectorOnHost.matchExpressions,
    });
  });
});
