import { BlockList, isIPv6 } from 'node:net';
import type { NetworkPolicy } from '../../src/kube/types.ts';
import { type Selector, selects } from '../../src/translate/label-selector.ts';

/** One end of a connection: a pod, or, without a namespace, something else with an address. */
export interface End {
  ip: string;
  namespace?: string;
  labels?: Record<string, string>;
}

type Spec = NonNullable<NetworkPolicy['spec']>;
type Peer = NonNullable<NonNullable<Spec['egress']>[number]['to']>[number];

/** Whether `policies` let `from` connect to `to`, as a network plugin that takes an ipBlock for pods, too, reads them. Of namespaces the name counts. */
export function isAllowed(policies: NetworkPolicy[], from: End, to: End, port: number, protocol = 'TCP'): boolean {
  return allows('Egress', from, to) && allows('Ingress', to, from);

  function allows(type: 'Ingress' | 'Egress', subject: End, other: End): boolean {
    const ofSubject = policies.filter(
      ({ metadata, spec }) =>
        subject.namespace === metadata.namespace &&
        spec?.policyTypes?.includes(type) &&
        selects(spec.podSelector ?? {}, subject.labels),
    );
    if (ofSubject.length === 0) return true;
    return ofSubject.some(({ metadata, spec }) =>
      (type === 'Ingress' ? (spec?.ingress ?? []) : (spec?.egress ?? [])).some((rule) => {
        const peers = 'to' in rule ? rule.to : 'from' in rule ? rule.from : undefined;
        const onPort = !rule.ports || rule.ports.some((each) => each.port === port && each.protocol === protocol);
        return onPort && (!peers || peers.some((peer) => isPeer(peer, other, metadata.namespace)));
      }),
    );
  }
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: Peer, end: End, own: string | undefined): boolean {
  if (ipBlock) return within(end.ip, [ipBlock.cidr]) && !within(end.ip, ipBlock.except ?? []);
  if (end.namespace === undefined) return false;
  const isInNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace })
    : end.namespace === own;
  return isInNamespace && (!podSelector || selects(podSelector as Selector, end.labels));
}

function within(ip: string, ranges: string[]): boolean {
  const list = new BlockList();
  const family = isIPv6(ip) ? 'ipv6' : 'ipv4';
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    if (isIPv6(network) === isIPv6(ip)) list.addSubnet(network, Number(prefix), family);
  }
  return list.check(ip, family);
}
