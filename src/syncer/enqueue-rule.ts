import type { KubeObject, Resource } from '../kube/types.ts';
import type { SyncContext } from './sync-context.ts';

/** Says which keys of a definition want a look when an object of another kind changes (called for its old and its new form). */
export interface EnqueueRule {
  side: 'virtual' | 'host';
  resource: Resource;
  keys: (object: KubeObject, context: SyncContext) => string[];
  /** Whether a change is worth a look: of an object that comes, `previous` is undefined, of one that goes, `current`. Default: each is. */
  matters?: (previous: KubeObject | undefined, current: KubeObject | undefined) => boolean;
  /** Only keys that one form of the object gives and the other does not are looked at. Default: all of both. */
  onlyDiffering?: boolean;
  /** How long the keys wait for more of the kind, milliseconds: however many changes there are meanwhile, each is looked at once. Default: not at all. */
  afterMs?: (context: SyncContext) => number;
}

/** Returns the rule that a change of `resource` on `side` enqueues `keys`. */
export function enqueueFrom<T extends KubeObject>(
  side: 'virtual' | 'host',
  resource: Resource,
  keys: (object: T, context: SyncContext) => string[],
): EnqueueRule {
  return { side, resource, keys: (object, context) => keys(object as T, context) };
}
