import { type Namespace, type NetworkPolicy, keyOf, resources } from '../../kube/types.ts';
import { hostPodSelector } from '../../translate/host-pod-selector.ts';
import { hasRequirements, selects } from '../../translate/label-selector.ts';
import { type OptInKind, rightsToWrite } from '../define-opt-in.ts';
import { defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import type { SyncContext } from '../sync-context.ts';

type Spec = NonNullable<NetworkPolicy['spec']>;
type Peer = NonNullable<NonNullable<Spec['ingress']>[number]['from']>[number];

export const networkPolicySyncer = defineSyncer<NetworkPolicy>({
  resource: resources.networkPolicies,
  // Namespaces are no objects of the host: what their labels select is written out, and again when it changes.
  enqueuedBy: [
    enqueueFrom<Namespace>('virtual', resources.namespaces, (_, { virtual }) =>
      [...virtual.lister<NetworkPolicy>(resources.networkPolicies).list()].filter(namesNamespaces).map(keyOf),
    ),
  ],
  toHost: toHostNetworkPolicy,
  wholeFields: ['spec'],
});

/** NetworkPolicies, for the network of the host. */
export const networkPolicies: OptInKind = {
  name: 'networkpolicies',
  rights: [rightsToWrite(resources.networkPolicies)],
  isCustom: false,
  open: () => ({ syncers: [networkPolicySyncer] }),
};

/** Returns the host NetworkPolicy that `virtual` should have: each selector finds pods of this virtual cluster only. */
export function toHostNetworkPolicy(virtual: NetworkPolicy, context: SyncContext): NetworkPolicy {
  const { translator } = context;
  const own = virtual.metadata.namespace ?? '';
  const peer = ({ podSelector, namespaceSelector, ...rest }: Peer): Peer =>
    podSelector || namespaceSelector
      ? {
          podSelector: hostPodSelector(
            podSelector ?? {},
            namespaceSelector ? namespacesOf(namespaceSelector, context) : [own],
            translator,
          ),
        }
      : rest;
  const { podSelector, ingress, egress, ...spec } = virtual.spec ?? {};
  return {
    ...translator.hostObject(resources.networkPolicies, virtual),
    spec: {
      ...spec,
      podSelector: hostPodSelector(podSelector ?? {}, [own], translator),
      ...(ingress
        ? { ingress: ingress.map(({ from, ...rule }) => ({ ...rule, ...(from ? { from: from.map(peer) } : {}) })) }
        : {}),
      ...(egress
        ? { egress: egress.map(({ to, ...rule }) => ({ ...rule, ...(to ? { to: to.map(peer) } : {}) })) }
        : {}),
    },
  };
}

/** Undefined stands for every namespace of the virtual cluster, those to come as well. */
function namespacesOf(
  selector: NonNullable<Peer['namespaceSelector']>,
  { virtual }: SyncContext,
): string[] | undefined {
  if (!hasRequirements(selector)) return undefined;
  const namespaces = [...virtual.lister<Namespace>(resources.namespaces).list()];
  return namespaces.flatMap(({ metadata }) => (selects(selector, metadata.labels) ? [metadata.name] : [])).toSorted();
}

function namesNamespaces({ spec }: NetworkPolicy): boolean {
  const peers = [
    ...(spec?.ingress ?? []).flatMap(({ from }) => from ?? []),
    ...(spec?.egress ?? []).flatMap(({ to }) => to ?? []),
  ];
  return peers.some(({ namespaceSelector }) => namespaceSelector !== undefined);
}
