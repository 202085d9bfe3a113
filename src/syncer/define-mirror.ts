import type { KubeObject, Resource } from '../kube/types.ts';
import type { EnqueueRule } from './enqueue-rule.ts';
import type { IndexRule } from './index-rule.ts';
import type { SyncContext } from './sync-context.ts';

/**
 * One virtual kind that k3v makes from what the host shows: nodes, stand-in volumes, storage classes. Only virtual objects with the
 * managed label are changed or deleted.
 */
export interface MirrorDefinition<V extends KubeObject> {
  resource: Resource;
  /** Keys that are looked at from the start, whether or not anything stands there. */
  always?: string[];
  /** Host resources that are read if allowed. */
  optionalHostResources?: Resource[];
  /** A host resource of which all objects are read but those that k3v makes; in the host namespace, if it has namespaces. */
  reads?: Resource;
  enqueuedBy: EnqueueRule[];
  indexes?: IndexRule[];
  /** Returns the virtual object that should stand under `key`, status included, or undefined for none. Pure. */
  fromHost(key: string, context: SyncContext): V | undefined;
  /** Whether an object may be deleted and made again when the API server does not let it change. Default: false. */
  mayBeMadeAnew?: boolean;
  /** Returns what the tenant should know of an object of this kind that they made themselves. */
  warnOfForeign?(object: V): { reason: string; message: string } | undefined;
  /** The status an object gets before it is deleted, where a finalizer waits for one. */
  lastStatus?: object;
  wholeFields?: string[];
}

/** Checks and returns a mirror definition. */
export function defineMirror<V extends KubeObject>(definition: MirrorDefinition<V>): MirrorDefinition<V> {
  return definition;
}
