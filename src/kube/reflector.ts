import type { KubeClient, ListOptions } from './client.ts';
import { delay } from './delay.ts';
import { StatusError, isBusy, isExpired } from './errors.ts';
import type { KubeObject, Resource } from './types.ts';

/** What a reflector feeds. */
export interface ReflectorSink<T extends KubeObject> {
  /** The world is exactly this now. */
  replace(objects: T[]): void;
  put(object: T): void;
  remove(object: T): void;
}

const pageSize = 500;
const minWatchSeconds = 300;
const maxWatchSeconds = 600;
/** A watch that outlives its time by this much is dead, whatever its socket says. */
const watchGraceMs = 30_000;
const minBackOffMs = 800;
const maxBackOffMs = 30_000;
/** After this long without an error the next one counts as the first. */
const healthyMs = 120_000;

/**
 * Lists `resource` and then watches it, for ever: feeds `sink` until `signal` aborts, then resolves. The rules are
 * client-go's (tools/cache/reflector.go): paged lists, bookmarks, resume from the last version, a new list on 410, waiting
 * without a new list on 429 and 503, back-off with jitter.
 */
export async function reflect<T extends KubeObject>({
  client,
  resource,
  options,
  sink,
  signal,
  onError,
  random = Math.random,
}: {
  client: KubeClient;
  resource: Resource;
  options: ListOptions;
  sink: ReflectorSink<T>;
  signal: AbortSignal;
  onError: (error: unknown) => void;
  random?: () => number;
}): Promise<void> {
  let resourceVersion: string | undefined;
  let failures = 0;
  let failedAt = 0;

  while (!signal.aborted) {
    try {
      resourceVersion ??= await listAll();
      await watchOnce();
    } catch (error) {
      if (signal.aborted) return;
      if (isExpired(error)) {
        resourceVersion = undefined;
        continue;
      }
      onError(error);
      await delay(pauseMs(error), signal);
    }
  }

  async function listAll(): Promise<string> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await client.list<T>(resource, {
        ...options,
        limit: pageSize,
        signal,
        ...(token ? { continue: token } : {}),
      });
      items.push(...page.items);
      token = page.continue;
      if (token) continue;
      sink.replace(items);
      return page.resourceVersion;
    }
  }

  async function watchOnce(): Promise<void> {
    const timeoutSeconds = Math.round(minWatchSeconds + random() * (maxWatchSeconds - minWatchSeconds));
    const deadline = AbortSignal.timeout(timeoutSeconds * 1000 + watchGraceMs);
    const either = AbortSignal.any([signal, deadline]);
    const query = { ...options, resourceVersion: resourceVersion ?? '', timeoutSeconds, signal: either };
    try {
      for await (const { type, object } of client.watch<T>(resource, query)) {
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === 'ADDED' || type === 'MODIFIED') sink.put(object);
        else if (type === 'DELETED') sink.remove(object);
      }
    } catch (error) {
      if (!deadline.aborted || signal.aborted) throw error;
    }
  }

  function pauseMs(error: unknown): number {
    const now = Date.now();
    failures = now - failedAt > healthyMs ? 0 : failures;
    failedAt = now;
    const backOff = Math.min(maxBackOffMs, minBackOffMs * 2 ** failures) * (1 + random());
    failures += 1;
    return isBusy(error) && error instanceof StatusError && error.retryAfterMs ? error.retryAfterMs : backOff;
  }
}
