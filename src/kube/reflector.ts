import type { KubeClient, ListOptions } from './client.ts';
import { delay } from './delay.ts';
import { ConnectionError, StatusError, isBusy, isExpired } from './errors.ts';
import type { KubeObject, Resource } from './types.ts';

/** Returns what is to be kept of an object: itself, less of it, or undefined for nothing. Pure. */
export type Keep<T extends KubeObject> = (object: T) => T | undefined;

/** What a reflector feeds. */
export interface ReflectorSink<T extends KubeObject> {
  /** A list begins; `replace` follows when it is complete. */
  listing(): void;
  /** The world was exactly this at `resourceVersion`. */
  replace(objects: T[], resourceVersion: string): void;
  put(object: T): void;
  remove(object: T): void;
}

/** Told of what a reflector asks for, for figures about it. */
export interface WatchMeter {
  /** A list of all there is was read. */
  listed(): void;
  /** A watch begins. */
  watched(): void;
}

const pageSize = 500;
const minWatchSeconds = 300;
const maxWatchSeconds = 600;
/** A watch that outlives its time by this much is dead, whatever its socket says. */
const watchGraceMs = 30_000;
/** A watch that ends sooner and without an event was not served: asking again at once would only make it worse. */
const minWatchMs = 1_000;
const minBackOffMs = 800;
const maxBackOffMs = 30_000;
/** After this long without an error the next one counts as the first. */
const healthyMs = 120_000;

/**
 * Lists `resource` and then watches it, for ever: feeds `sink` until `signal` aborts, then resolves. The rules are
 * client-go's (tools/cache/reflector.go): paged lists, bookmarks, resume from the last version, a new list on 410, waiting
 * without a new list on 429 and 503, back-off with jitter. What `keep` drops never reaches the sink, except that an object that is no
 * longer kept is removed; a long list is thinned page by page.
 */
export async function reflect<T extends KubeObject>({
  client,
  resource,
  options,
  keep = (object) => object,
  sink,
  signal,
  onError,
  meter,
  random = Math.random,
}: {
  client: KubeClient;
  resource: Resource;
  options: ListOptions;
  keep?: Keep<T> | undefined;
  sink: ReflectorSink<T>;
  signal: AbortSignal;
  onError: (error: unknown) => void;
  meter?: WatchMeter | undefined;
  random?: () => number;
}): Promise<void> {
  let resourceVersion: string | undefined;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;

  while (!signal.aborted) {
    try {
      resourceVersion ??= await listAll();
      await watchOnce(resourceVersion);
    } catch (error) {
      if (signal.aborted) return;
      if (needsList(error)) resourceVersion = undefined;
      const pause = pauseMs(error);
      // One version that is too old is part of normal life; many in a row are not.
      if (isExpired(error) && failures === 1) continue;
      onError(error);
      await delay(pause, signal);
    }
  }

  async function listAll(): Promise<string> {
    sink.listing();
    const items: T[] = [];
    let token: string | undefined;
    let limit: number | undefined = pageSize;
    for (;;) {
      try {
        const query = { ...options, signal, ...(limit ? { limit } : {}), ...(token ? { continue: token } : {}) };
        const page: Awaited<ReturnType<typeof client.list<T>>> = await client.list<T>(resource, query);
        for (const item of page.items) {
          const kept = keep(item);
          if (kept) items.push(kept);
        }
        token = page.continue;
        if (token) continue;
        meter?.listed();
        sink.replace(items, page.resourceVersion);
        return page.resourceVersion;
      } catch (error) {
        if (isExpired(error) && token) {
          // Pages come slower than the server forgets: take everything at once, as client-go's pager does.
          items.length = 0;
          token = undefined;
          limit = undefined;
        } else if (isBusy(error) && !signal.aborted) {
          onError(error);
          await delay(pauseMs(error), signal);
          signal.throwIfAborted();
        } else throw error;
      }
    }
  }

  async function watchOnce(from: string): Promise<void> {
    const timeoutSeconds = Math.round(minWatchSeconds + random() * (maxWatchSeconds - minWatchSeconds));
    const ended = new AbortController();
    const deadline = setTimeout(() => ended.abort(), timeoutSeconds * 1000 + watchGraceMs);
    const either = AbortSignal.any([signal, ended.signal]);
    const startedAt = performance.now();
    meter?.watched();
    let events = 0;
    try {
      const query = { ...options, resourceVersion: from, timeoutSeconds, signal: either };
      for await (const { type, object } of client.watch<T>(resource, query)) {
        events += 1;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === 'BOOKMARK') continue;
        const kept = type === 'DELETED' ? undefined : keep(object);
        if (kept) sink.put(kept);
        else sink.remove(object);
      }
    } catch (error) {
      if (!ended.signal.aborted || signal.aborted) throw error;
      return;
    } finally {
      clearTimeout(deadline);
    }
    if (events === 0 && performance.now() - startedAt < minWatchMs && !signal.aborted)
      throw new ConnectionError(`${client.server}: the watch of ${resource.plural} ended as soon as it began`);
  }

  function pauseMs(error: unknown): number {
    const now = performance.now();
    failures = now - failedAt > healthyMs ? 0 : failures;
    failedAt = now;
    const backOff = Math.min(maxBackOffMs, minBackOffMs * 2 ** failures) * (1 + random());
    failures += 1;
    return isBusy(error) && error instanceof StatusError && error.retryAfterMs ? error.retryAfterMs : backOff;
  }
}

/** Whether the last version is of no use any more. A watch refused for want of rights or quiet can be resumed later. */
function needsList(error: unknown): boolean {
  if (isExpired(error)) return true;
  return error instanceof StatusError && error.code < 500 && ![401, 403, 429].includes(error.code);
}
