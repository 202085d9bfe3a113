import type { KubeObject } from '../kube/types.ts';
import { policyLabel } from './names.ts';
import { policiesOf } from './cluster-stores.ts';
import type { PolicyStores } from './policy-reconciler.ts';

/** Has `onPolicy` called with the name of each policy that is to be looked at. Before the informers start. */
export function onPolicyEvents(
  { policies, namespaces, clusters, resourceQuotas, limitRanges }: PolicyStores,
  onPolicy: (name: string) => void,
): void {
  const tell = ({ previous, current }: { previous: KubeObject | undefined; current: KubeObject | undefined }) => {
    const objects = [previous, current].filter((object) => object !== undefined);
    for (const name of new Set(objects.flatMap(policiesOf))) onPolicy(name);
  };
  policies.onChange(({ previous, current }) => onPolicy((current ?? previous)?.metadata.name ?? ''));
  for (const informer of [namespaces, resourceQuotas, limitRanges]) informer.onChange(tell);
  // A policy says how many there are.
  clusters.onChange(({ previous, current }) => {
    const namespace = namespaces.get((current ?? previous)?.metadata.namespace ?? '');
    const name = namespace?.metadata.labels?.[policyLabel];
    if (name !== undefined && (!previous || !current)) onPolicy(name);
  });
}
