import type { Pod } from '../../kube/types.ts';
import type { ContainerDefaults } from '../../quota/container-defaults.ts';
import { type Amounts, amountOf, quantitiesOf } from '../../quota/quota.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type Sizes = NonNullable<Container['resources']>;

/**
 * Returns `spec` with `defaults` for containers that do not say what they need, as LimitRange admission gives them. It is here for pods that slipped by that:
 * made before it was there, or after a tenant took it away.
 */
export function withContainerDefaults(spec: PodSpec, defaults: ContainerDefaults | undefined): PodSpec {
  if (!defaults) return spec;
  const { initContainers } = spec;
  const sized = (container: Container): Container => {
    const resources = sizesWith(defaults, container.resources, spec.resources);
    return resources === container.resources ? container : { ...container, ...(resources ? { resources } : {}) };
  };
  return {
    ...spec,
    containers: spec.containers.map(sized),
    ...(initContainers ? { initContainers: initContainers.map(sized) } : {}),
  };
}

function sizesWith(
  defaults: ContainerDefaults,
  own: Sizes | undefined,
  ofPod: PodSpec['resources'],
): Sizes | undefined {
  const has = (part: 'requests' | 'limits', name: string) =>
    [own, ofPod].some((each) => each?.[part]?.[name] !== undefined);
  // Who names a limit alone requests as much.
  const requests = missingOf(defaults.requests, (name) => has('requests', name) || has('limits', name));
  const limits = missingOf(defaults.limits, (name) => has('limits', name));
  for (const name of limits.keys()) {
    const request = own?.requests?.[name];
    // A limit below the request would be refused.
    if (request !== undefined) limits.set(name, Math.max(limits.get(name) ?? 0, amountOf(name, request)));
  }
  if (requests.size + limits.size === 0) return own;
  return {
    ...own,
    ...(requests.size > 0 ? { requests: { ...own?.requests, ...quantitiesOf(requests) } } : {}),
    ...(limits.size > 0 ? { limits: { ...own?.limits, ...quantitiesOf(limits) } } : {}),
  };
}

function missingOf(defaults: Amounts, isThere: (name: string) => boolean): Map<string, number> {
  return new Map([...defaults].filter(([name]) => !isThere(name)));
}
