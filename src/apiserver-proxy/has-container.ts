import type { Pod } from '../kube/types.ts';

/** Whether the virtual `pod` has a container of this name: a container that only the host knows is no business of the tenant. */
export function hasContainer({ spec }: Pod, name: string): boolean {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return all.some((container) => container.name === name);
}
