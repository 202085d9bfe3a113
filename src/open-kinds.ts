import type { ServedResource } from './kube/discovery.ts';
import type { OptInKind, Opened } from './syncer/define-opt-in.ts';

/** Returns what the engine runs for `kinds`; `served` is what the host calls each. */
export function openKinds(kinds: OptInKind[], { served }: { served: ReadonlyMap<string, ServedResource[]> }): Opened[] {
  return kinds.flatMap((kind) => {
    const [resource] = served.get(kind.name) ?? [];
    return resource ? [kind.open(resource)] : [];
  });
}
