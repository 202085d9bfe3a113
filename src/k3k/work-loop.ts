import { ConnectionError, StatusError, isBusy, isConflict, isNotFound, isOfEndingNamespace } from '../kube/errors.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../log.ts';
import { ObjectRefused } from './apply-objects.ts';

/** Brings what `key` names to what it says. Resolves with the time after which to look again, if nothing tells of what it waits for; rejects to be called again. */
type Reconcile = (key: string) => Promise<number | undefined>;

/** What a loop works on. */
interface Work {
  /** For logs and figures. */
  kind: 'cluster' | 'policy';
  queue: WorkQueue;
  reconcile: Reconcile;
  /** How many keys are worked on at the same time. */
  workers: number;
}

/** Returns what works a queue until it is shut down, and resolves when the last key is done. `onReconciled` hears what came of each look. */
export function workLoop({
  onReconciled,
  log,
}: {
  onReconciled: ((kind: Work['kind'], result: 'success' | 'requeue_after' | 'error') => void) | undefined;
  log: Logger;
}): (work: Work) => Promise<void> {
  return async ({ kind, queue, reconcile, workers }) => {
    const one = async () => {
      for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
        try {
          const againAfterMs = await reconcile(key);
          queue.forget(key);
          onReconciled?.(kind, againAfterMs === undefined ? 'success' : 'requeue_after');
          if (againAfterMs !== undefined) queue.addAfter(key, againAfterMs);
        } catch (error) {
          onReconciled?.(kind, 'error');
          again(key, error);
        } finally {
          queue.done(key);
        }
      }
    };
    const again = (key: string, error: unknown) => {
      if (isBusy(error) && error instanceof StatusError && error.retryAfterMs !== undefined) {
        queue.addAfter(key, error.retryAfterMs);
        return;
      }
      queue.addRateLimited(key);
      const passes =
        isConflict(error) || isNotFound(error) || isOfEndingNamespace(error) || error instanceof ConnectionError;
      const reason = error instanceof Error ? error.message : String(error);
      if (passes) log.debug({ [kind]: key, reason }, `the ${kind} has to wait`);
      else if (error instanceof StatusError || error instanceof ObjectRefused) {
        log.warn({ [kind]: key, reason }, `the host refused what the ${kind} needs`);
      } else log.error({ [kind]: key, err: error }, `bug while looking after the ${kind}`);
    };
    await Promise.all(Array.from({ length: workers }, one));
  };
}
