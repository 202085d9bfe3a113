import type { KubeObject } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { EnqueueRule } from './enqueue-rule.ts';
import type { SyncContext } from './sync-context.ts';
import type { Registered } from './register-kinds.ts';
import type { SideStores } from './side-stores.ts';
import type { Failures } from './standing.ts';
import { runWorkers } from './worker.ts';

/** Has the reconcilers work, one shift after the other. Outside of a shift nothing is worked and no key is kept. */
export interface Shift {
  /** Looks at every key there is, and at those of all that changes, until `ending` aborts; resolves when the last one is done. */
  work(ending: AbortSignal): Promise<void>;
  failuresOf(registered: Registered): Failures;
}

/** Returns the shifts of `registered`; to be called before the stores start. `tell` is told what the tenant should know of a key. */
export function createShift({
  registered,
  stores,
  context,
  tell,
  log,
}: {
  registered: Registered[];
  stores: { virtual: SideStores; host: SideStores };
  context: SyncContext;
  tell: (registered: Registered) => (key: string, reason: string, message: string) => Promise<void>;
  log: Logger;
}): Shift {
  const failures = new Map(registered.map((each): [Registered, Failures] => [each, new Map()]));
  const failuresOf = (each: Registered): Failures => failures.get(each) ?? new Map();
  let atWork = false;

  for (const { reconciler, enqueuedBy, meter } of registered) {
    for (const rule of enqueuedBy) {
      const { side, resource, matters, afterMs } = rule;
      stores[side].informer<KubeObject>(resource).onChange(({ previous, current }) => {
        if (!atWork || matters?.(previous, current) === false) return;
        for (const key of keysOf(rule, previous, current)) {
          meter?.changed(key, side);
          reconciler.queue.addAfter(key, afterMs?.(context) ?? 0);
        }
      });
    }
  }

  function keysOf(rule: EnqueueRule, previous: KubeObject | undefined, current: KubeObject | undefined): string[] {
    const before = previous ? rule.keys(previous, context) : [];
    const after = current ? rule.keys(current, context) : [];
    if (!rule.onlyDiffering) return [...before, ...after];
    return [...before.filter((key) => !after.includes(key)), ...after.filter((key) => !before.includes(key))];
  }

  function keysNow({ side, resource, keys }: EnqueueRule): string[] {
    return [...stores[side].informer<KubeObject>(resource).list()].flatMap((object) => keys(object, context));
  }

  function open(): void {
    for (const each of registered) failuresOf(each).clear();
    for (const { reconciler } of registered) reconciler.queue.reopen();
    atWork = true;
    for (const { reconciler, enqueuedBy, always } of registered) {
      for (const key of always) reconciler.queue.add(key);
      for (const rule of enqueuedBy) for (const key of keysNow(rule)) reconciler.queue.add(key);
    }
  }

  function close(): void {
    atWork = false;
    for (const { reconciler } of registered) reconciler.queue.shutDown();
  }

  return {
    failuresOf,
    async work(ending) {
      if (ending.aborted) return;
      open();
      ending.addEventListener('abort', close, { once: true });
      try {
        await Promise.all(
          registered.map((each) => {
            const { reconciler, meter } = each;
            return runWorkers(reconciler, { failures: failuresOf(each), tell: tell(each), meter, log });
          }),
        );
      } finally {
        ending.removeEventListener('abort', close);
        close();
        for (const each of registered) failuresOf(each).clear();
      }
    },
  };
}
