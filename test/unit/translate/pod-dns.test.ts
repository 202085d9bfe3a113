import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { hostDns, usesClusterDns } from '../../../src/translate/pod-dns.ts';

type Spec = NonNullable<Pod['spec']>;
const dns = { servers: ['10.0.0.10'], domain: 'cluster.local' };
const podWith = (spec: Partial<Spec>): Pod => ({
  metadata: { name: 'p', namespace: 'shop' },
  spec: { containers: [{ name: 'main' }], ...spec },
});
const configOf = (dnsConfig: Spec['dnsConfig'], domain = dns.domain) =>
  hostDns(podWith({ dnsConfig }), { ...dns, domain }).dnsConfig;
const searches = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const names = (count: number, length = 8) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'x'));

describe('a pod asks cluster DNS', () => {
  it.each<[Partial<Spec>, boolean]>([
    [{}, true],
    [{ dnsPolicy: 'ClusterFirst' }, true],
    [{ dnsPolicy: 'ClusterFirst', hostNetwork: true }, false],
    [{ hostNetwork: true }, false],
    [{ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, true],
    [{ dnsPolicy: 'ClusterFirstWithHostNet' }, true],
    [{ dnsPolicy: 'Default' }, false],
    [{ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } }, false],
  ])('%j: %s', (spec, expected) => {
    const pod = podWith(spec);
    expect(usesClusterDns(pod)).toBe(expected);
    expect(hostDns(pod, dns).dnsConfig?.nameservers).toEqual(expected ? ['10.0.0.10'] : undefined);
    expect(hostDns(pod, dns).dnsPolicy).toBe(expected ? 'None' : undefined);
  });

  it('nowhere if there is none', () => {
    expect(hostDns(podWith({}), { ...dns, servers: [] })).toEqual({});
  });
});

describe('the resolv.conf of a pod', () => {
  it('is that of a cluster with this domain', () => {
    expect(configOf(undefined, 'corp.example')).toEqual({
      nameservers: ['10.0.0.10'],
      searches: ['shop.svc.corp.example', 'svc.corp.example', 'corp.example'],
      options: [{ name: 'ndots', value: '5' }],
    });
  });

  it('has both addresses of a dual-stack DNS', () => {
    const both = { ...dns, servers: ['10.0.0.10', 'fd00::10'] };
    expect(hostDns(podWith({}), both).dnsConfig?.nameservers).toEqual(both.servers);
  });

  it.each<[string, NonNullable<Spec['dnsConfig']>, NonNullable<Spec['dnsConfig']>]>([
    ['servers after its own', { nameservers: ['192.0.2.1'] }, { nameservers: ['10.0.0.10', '192.0.2.1'] }],
    ['a server once', { nameservers: ['10.0.0.10', '192.0.2.1'] }, { nameservers: ['10.0.0.10', '192.0.2.1'] }],
    [
      'no more servers than a host lets a pod have',
      { nameservers: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
      { nameservers: ['10.0.0.10', '192.0.2.1', '192.0.2.2'] },
    ],
    ['search domains after its own', { searches: ['a.example'] }, { searches: [...searches, 'a.example'] }],
    ['a search domain once', { searches: ['svc.cluster.local', 'b'] }, { searches: [...searches, 'b'] }],
    ['no more search domains than a host takes', { searches: names(32) }, { searches: [...searches, ...names(29)] }],
    ['no longer list than a host takes', { searches: names(10, 250) }, { searches: [...searches, ...names(7, 250)] }],
    ['no search domain that aborts a resolver', { searches: ['x'.repeat(254), 'b'] }, { searches: [...searches, 'b'] }],
    [
      'options in place of its own',
      { options: [{ name: 'ndots', value: '1' }] },
      { options: [{ name: 'ndots', value: '1' }] },
    ],
    [
      'options without a value',
      { options: [{ name: 'edns0' }] },
      { options: [{ name: 'ndots', value: '5' }, { name: 'edns0' }] },
    ],
  ])('takes from the pod %s', (_, own, expected) => {
    expect(configOf(own)).toMatchObject(expected);
  });
});
