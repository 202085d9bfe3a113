import type { WorkQueue } from '../kube/work-queue.ts';
import type { Resource } from '../kube/types.ts';
import type { EnqueueRule } from './enqueue-rule.ts';

/** Works the keys of one definition. */
export interface Reconciler {
  /** The virtual resource. */
  readonly resource: Resource;
  /** What `k3v status` calls it. */
  readonly plural: string;
  readonly queue: WorkQueue;
  /** How many keys may be worked at once. */
  readonly workers: number;
  /** Looks at one key and brings both sides together. */
  reconcile(key: string): Promise<Outcome>;
  /** The name of the host object for the virtual object `key`, if it has one. */
  hostNameOf?(key: string): string;
  /** What makes keys worth a look, beside what its definition says. */
  readonly enqueuedBy?: EnqueueRule[];
  counts(): { virtual: number; host: number };
}

/**
 * What a reconcile asks for: nothing more, or another look later; and why the object is not as the tenant wants it, with the reason of the event that tells
 * the tenant so.
 */
export type Outcome = { retryAfterMs?: number; why?: string; reason?: string } | undefined;
