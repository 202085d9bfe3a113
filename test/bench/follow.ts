import type { KubeClient, ListOptions } from '../../src/kube/client.ts';
import { createInformer } from '../../src/kube/store-informer.ts';
import type { KubeObject, Resource } from '../../src/kube/types.ts';

const defaultPatienceMs = 15 * 60_000;

/** How many objects there are, and how many of them are `so`. */
export interface Tally {
  all: number;
  so: number;
}

/** Objects that are watched. */
export interface Followed {
  tally(): Tally;
  /** Resolves with the moment (`performance.now()`) at which the tally is what is waited for; rejects with where it stands after `timeoutMs` (default: a quarter of an hour) and at the end of the signal. */
  until(isDone: (tally: Tally) => boolean, timeoutMs?: number): Promise<number>;
  /** Resolves when the watch has ended. */
  end(): Promise<void>;
}

/** Watches the objects of `resource`; resolves when it has seen those that are there. */
export async function follow<T extends KubeObject>({
  client,
  resource,
  options = {},
  isSo = () => true,
  onObject = () => undefined,
  signal,
}: {
  client: KubeClient;
  resource: Resource;
  options?: ListOptions;
  isSo?: (object: T) => boolean;
  /** Called with each object as it comes and changes. */
  onObject?: (object: T) => void;
  signal: AbortSignal;
}): Promise<Followed> {
  const life = new AbortController();
  const tally: Tally = { all: 0, so: 0 };
  const waiting = new Set<() => void>();
  let trouble: unknown;
  const informer = createInformer<T>({ client, resource, options, onError: (error) => (trouble = error) });
  informer.onChange(({ previous, current }) => {
    if (current) onObject(current);
    tally.all += Number(current !== undefined) - Number(previous !== undefined);
    tally.so += Number(current !== undefined && isSo(current)) - Number(previous !== undefined && isSo(previous));
    for (const look of waiting) look();
  });
  const both = AbortSignal.any([signal, life.signal]);
  const running = informer.start(both);
  await informer.synced();
  return {
    tally: () => tally,
    async until(isDone, timeoutMs = defaultPatienceMs) {
      const done = Promise.withResolvers<number>();
      const look = () => {
        if (isDone(tally)) done.resolve(performance.now());
      };
      const giveUp = () => {
        const standing = `${resource.plural}: ${tally.so} of ${tally.all} are as they should be`;
        done.reject(
          both.aborted ? both.reason : new Error(`${standing} after ${timeoutMs / 1000} s`, { cause: trouble }),
        );
      };
      const timer = setTimeout(giveUp, timeoutMs);
      both.addEventListener('abort', giveUp);
      waiting.add(look);
      look();
      try {
        return await done.promise;
      } finally {
        clearTimeout(timer);
        both.removeEventListener('abort', giveUp);
        waiting.delete(look);
      }
    },
    async end() {
      life.abort(new Error('followed long enough'));
      await running;
    },
  };
}
