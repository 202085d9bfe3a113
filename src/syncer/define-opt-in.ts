import type { ServedResource } from '../kube/discovery.ts';
import type { ResourceRight } from '../kube/resource-right.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { MirrorDefinition } from './define-mirror.ts';
import type { SyncerDefinition } from './define-syncer.ts';
import type { EnqueueRule } from './enqueue-rule.ts';

/** What the engine runs for some kinds. */
export interface Definitions {
  // Definitions of different kinds stand in one list; each is only ever given objects of its own kind.
  // oxlint-disable-next-line typescript/no-explicit-any
  syncers: SyncerDefinition<any, any>[];
  // oxlint-disable-next-line typescript/no-explicit-any
  mirrors: MirrorDefinition<any>[];
  outputs: Output[];
}

/** Says which objects of `resource`, another kind, an object of this one concerns. */
export interface Concern {
  resource: Resource;
  rule: EnqueueRule;
}

/** Objects of `resource` that a controller of the host writes for those of `maker`, and that come back. */
export interface Output {
  resource: Resource;
  /** The kind on both sides. */
  maker: Resource;
  /** Returns the keys of what is written for a virtual object. */
  keys: (object: KubeObject) => string[];
}

/** What `--sync` adds to the engine for one kind. */
export interface Opened extends Partial<Definitions> {
  /** Objects of kinds that cross only when they are used, and are used by objects of this kind. */
  uses?: Concern[];
  /** Objects that wait for those of this kind. */
  waits?: Concern[];
  /** What controllers of the host write for objects of this kind. */
  outputs?: Output[];
}

/** A kind that crosses only where `--sync` names it. */
export interface OptInKind {
  /** What `--sync` calls it. */
  name: string;
  /** What k3v asks of the host for it. The host must serve the kind of the first that is needed. */
  rights: ResourceRight[];
  /** Whether it is a custom resource, which the virtual cluster may have to be taught first. */
  isCustom: boolean;
  /** Returns what the engine runs for it. `served` is what both API servers call the kind of its first needed right. */
  open(served: ServedResource): Opened;
}

/** Returns the rights to keep objects of `resource` alike on the host. */
export function rightsToWrite({ group, plural, namespaced }: Resource): ResourceRight {
  return { group, plural, verbs: 'write', clusterWide: !namespaced, needed: true };
}

/** Returns the rights to show the host's objects of the cluster-scoped `resource`, where allowed. */
export function rightsToShow({ group, plural }: Resource): ResourceRight {
  return { group, plural, verbs: 'read', clusterWide: true, needed: false };
}
