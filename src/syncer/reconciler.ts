import type { WorkQueue } from '../kube/work-queue.ts';
import type { Resource } from '../kube/types.ts';

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
  counts(): { virtual: number; host: number };
}

/** What a reconcile asks for: nothing more, or another look later. */
export type Outcome = { retryAfterMs: number; why?: string } | undefined;
