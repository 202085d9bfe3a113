import { describe, expect, it } from 'vitest';
import { type Namespace, type NetworkPolicy, resources } from '../../../../src/kube/types.ts';
import {
  networkPolicies,
  networkPolicySyncer,
  toHostNetworkPolicy,
} from '../../../../src/syncer/kinds/networkpolicies.ts';
import { syncContext } from '../../../support/sync-context.ts';
import { describeWorlds, marked } from '../../../support/worlds.ts';

type Spec = NonNullable<NetworkPolicy['spec']>;

const namespace = (name: string, labels: Record<string, string>): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const ofTenant = (spec: Spec): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  spec,
});
const onHost = (spec: Spec): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: marked('NetworkPolicy', 'shop', 'web'),
  spec,
});
/** The host selector of pods with `matchLabels` in `namespaces`; in all of the virtual cluster's without. */
const podsOf = (namespaces?: string[], matchLabels = {}) => ({
  matchLabels: { 'k3v.io/cluster': 'a', ...matchLabels },
  matchExpressions: namespaces ? [{ key: 'k3v.io/namespace', operator: 'In', values: namespaces }] : [],
});
const blue = { matchLabels: { team: 'blue' } };
const spec: Spec = {
  podSelector: { matchLabels: { app: 'web' } },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ ports: [{ port: 'http', protocol: 'TCP' }], from: [{ podSelector: {} }, { namespaceSelector: blue }] }],
  egress: [
    { to: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] } }] },
    { to: [{ namespaceSelector: {} }] },
  ],
};
const specOnHost = (selected: string[]): Spec => ({
  podSelector: podsOf(['shop'], { 'v.k3v.io/app': 'web' }),
  policyTypes: ['Ingress', 'Egress'],
  ingress: [
    {
      ports: [{ port: 'http', protocol: 'TCP' }],
      from: [{ podSelector: podsOf(['shop']) }, { podSelector: podsOf(selected) }],
    },
  ],
  egress: [
    { to: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] } }] },
    { to: [{ podSelector: podsOf() }] },
  ],
});

describeWorlds(
  'network policies before and after',
  { kinds: [networkPolicies], compared: [resources.networkPolicies] },
  [
    {
      title: 'a policy selects pods of its namespace, and its peers those of the namespaces that it selects',
      virtual: [
        namespace('shop', {}),
        namespace('one', { team: 'blue' }),
        namespace('two', { team: 'blue' }),
        namespace('three', { team: 'red' }),
        ofTenant(spec),
      ],
      host: [],
      after: { virtual: [ofTenant(spec)], host: [onHost(specOnHost(['one', 'two']))] },
    },
    {
      title: 'a policy follows the labels of namespaces, and what somebody wrote into it on the host is taken out',
      virtual: [
        namespace('shop', {}),
        namespace('one', { team: 'red' }),
        namespace('two', { team: 'blue' }),
        ofTenant(spec),
      ],
      host: [onHost({ ...specOnHost(['one', 'two']), egress: [{}] })],
      after: { virtual: [ofTenant(spec)], host: [onHost(specOnHost(['two']))] },
    },
    {
      title: 'a policy that the tenant deleted goes from the host',
      virtual: [],
      host: [onHost(specOnHost([]))],
      after: { virtual: [], host: [] },
    },
  ],
);

describe('the selectors of a network policy', () => {
  const namespaces = [namespace('shop', { team: 'blue' }), namespace('bank', { team: 'red' })];
  const hostSpecOf = (given: Spec) => toHostNetworkPolicy(ofTenant(given), syncContext({ virtual: namespaces })).spec;

  it.each<[string, Spec['podSelector'], object]>([
    ['none', undefined, podsOf(['shop'])],
    ['an empty one', {}, podsOf(['shop'])],
    ['one by labels', { matchLabels: { app: 'web' } }, podsOf(['shop'], { 'v.k3v.io/app': 'web' })],
    [
      'one by expressions',
      { matchExpressions: [{ key: 'x.io/tier', operator: 'Exists' }] },
      {
        matchLabels: { 'k3v.io/cluster': 'a' },
        matchExpressions: [
          { key: 'x.io.v.k3v.io/tier', operator: 'Exists' },
          { key: 'k3v.io/namespace', operator: 'In', values: ['shop'] },
        ],
      },
    ],
  ])('%s finds pods of its own namespace only', (_, podSelector, expected) => {
    expect(hostSpecOf({ podSelector })).toEqual({ podSelector: expected });
  });

  it.each<[string, object, object]>([
    [
      'pods of the own namespace',
      { podSelector: { matchLabels: { app: 'web' } } },
      podsOf(['shop'], { 'v.k3v.io/app': 'web' }),
    ],
    ['all pods of the own namespace', { podSelector: {} }, podsOf(['shop'])],
    ['all pods of the virtual cluster', { namespaceSelector: {} }, podsOf()],
    ['all pods of some namespaces', { namespaceSelector: { matchLabels: { team: 'red' } } }, podsOf(['bank'])],
    [
      'some pods of some namespaces',
      { podSelector: { matchLabels: { app: 'web' } }, namespaceSelector: blue },
      podsOf(['shop'], { 'v.k3v.io/app': 'web' }),
    ],
    ['no pods where no namespace matches', { namespaceSelector: { matchLabels: { team: 'green' } } }, podsOf([''])],
  ])('a peer that means %s means that on the host', (_, peer, expected) => {
    expect(hostSpecOf({ podSelector: {}, ingress: [{ from: [peer] }] })?.ingress).toEqual([
      { from: [{ podSelector: expected }] },
    ]);
  });

  it('a rule without peers stays one for everybody, and an empty list of rules stays empty', () => {
    expect(hostSpecOf({ podSelector: {}, ingress: [{}], egress: [] })).toMatchObject({ ingress: [{}], egress: [] });
  });

  it('are looked at again when a namespace changes, if they name namespaces', () => {
    const [rule] = networkPolicySyncer.enqueuedBy ?? [];
    const policies = [ofTenant(spec), { ...ofTenant({ podSelector: {} }), metadata: { name: 'b', namespace: 'shop' } }];
    const context = syncContext({ virtual: policies });
    expect(rule?.keys(namespace('bank', {}), context)).toEqual(['shop/web']);
  });
});
