import type { Logger } from '../log.ts';
import {
  ConnectionError,
  StatusError,
  isBusy,
  isConflict,
  isInvalid,
  isNotFound,
  isOfEndingNamespace,
} from '../kube/errors.ts';
import { NotYet } from './not-yet.ts';
import type { Reconciler } from './reconciler.ts';
import type { Failures } from './standing.ts';
import type { KindMeter } from './sync-meter.ts';

const hostRefused = 'HostRefused';
/** Answers that say what is wrong with the object, or with what the host makes of it: a failing admission webhook is a 500. */
const told = new Set([400, 403, 413, 422, 500]);

/**
 * Works `reconciler`'s queue until it is shut down; resolves when the last key is done. `tell` hears what the tenant should know of
 * a virtual object: writes that an API server refused, and what the object waits for.
 */
export async function runWorkers(
  reconciler: Reconciler,
  {
    failures,
    tell,
    meter,
    log,
  }: {
    failures: Failures;
    tell: (key: string, reason: string, message: string) => Promise<void>;
    meter?: KindMeter | undefined;
    log: Logger;
  },
): Promise<void> {
  const { queue, resource } = reconciler;
  const work = async () => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        const outcome = await reconciler.reconcile(key);
        queue.forget(key);
        meter?.looked(key, outcome?.why ? 'waits' : 'settled');
        if (outcome?.why) failures.set(key, { reason: outcome.reason, message: outcome.why });
        else failures.delete(key);
        if (outcome?.retryAfterMs !== undefined) queue.addAfter(key, Math.max(1, outcome.retryAfterMs));
      } catch (error) {
        await handle(key, error);
      } finally {
        queue.done(key);
      }
    }
  };
  const handle = async (key: string, error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    failures.set(key, { reason: toldReason(error), message });
    const isOfTheMoment = isBusy(error) || passes(error) || error instanceof ConnectionError;
    meter?.looked(key, isOfTheMoment ? 'again' : 'waits');
    if (isBusy(error) && error instanceof StatusError && error.retryAfterMs !== undefined) {
      queue.addAfter(key, error.retryAfterMs);
      return;
    }
    if (error instanceof NotYet && error.retryAfterMs !== undefined) queue.addAfter(key, error.retryAfterMs);
    else queue.addRateLimited(key);
    if (error instanceof NotYet || passes(error) || error instanceof ConnectionError) {
      log.debug({ kind: resource.kind, virtual: key, reason: message }, 'object has to wait');
      if (error instanceof NotYet && error.event !== undefined) await tell(key, error.event, message);
    } else if (error instanceof StatusError) {
      log.warn({ kind: resource.kind, virtual: key, code: error.code, reason: message }, 'API server refused a write');
      if (told.has(error.code)) await tell(key, hostRefused, message);
    } else {
      log.error({ kind: resource.kind, virtual: key, err: error }, 'bug while syncing an object');
    }
  };
  await Promise.all(Array.from({ length: reconciler.workers }, work));
}

/** Returns the reason of the event by which the tenant is told of `error`, if it is. */
function toldReason(error: unknown): string | undefined {
  if (error instanceof NotYet) return error.event;
  return error instanceof StatusError && told.has(error.code) && !passes(error) ? hostRefused : undefined;
}

/** Whether `error` is about a moment, and not about the object. */
function passes(error: unknown): boolean {
  return isConflict(error) || isOfPredecessor(error) || hasJustGone(error) || isOfEndingNamespace(error);
}

/** A patch whose UID is that of an object which another of the same name has replaced is answered so, not by a conflict (ValidateObjectMetaUpdate). */
function isOfPredecessor(error: unknown): boolean {
  return isInvalid(error) && /metadata\.uid: Invalid value: .*field is immutable/.test(error.message);
}

/** The object that was to be written; the watch tells of it in a moment. Of a namespace, or an API, that is missing it tells nothing. */
function hasJustGone(error: unknown): boolean {
  return isNotFound(error) && error instanceof Error && /^(?!namespaces )\S+ ".*" not found$/.test(error.message);
}
