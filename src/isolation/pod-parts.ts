import type { Pod } from '../kube/types.ts';

export type PodSpec = NonNullable<Pod['spec']>;
export type Container = PodSpec['containers'][number];

/** Something in a pod with a security context: the pod itself, or one of its containers. */
interface Part {
  /** `pod`, or `container "main"`. */
  name: string;
  context: NonNullable<Container['securityContext']> | NonNullable<PodSpec['securityContext']>;
}

/** Returns all containers, those for the start and for debugging too. */
export function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** Returns the pod and its containers, as far as they have a security context. */
function partsOf(spec: PodSpec): Part[] {
  const pod = spec.securityContext ? [{ name: 'pod', context: spec.securityContext }] : [];
  const containers = containersOf(spec).flatMap(({ name, securityContext }) =>
    securityContext ? [{ name: `container "${name}"`, context: securityContext }] : [],
  );
  return [...pod, ...containers];
}

/** Returns what `find` finds in each container, with the container's name in front. */
export function inContainers(spec: PodSpec, find: (container: Container) => string[]): string[] {
  return containersOf(spec).flatMap((container) =>
    find(container).map((found) => `container "${container.name}" ${found}`),
  );
}

/** Returns what `find` finds in the pod's and the containers' security contexts, with the name of the part in front. */
export function inParts(spec: PodSpec, find: (context: Part['context']) => string[]): string[] {
  return partsOf(spec).flatMap(({ name, context }) => find(context).map((found) => `${name} ${found}`));
}
