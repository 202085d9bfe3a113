import type { KubeClient, ListOptions } from './client.ts';
import type { ChangeHandler, Informer } from './informer.ts';
import { isSelected } from './is-selected.ts';
import { type Keep, type WatchMeter, reflect } from './reflector.ts';
import { type KubeObject, type Resource, keyOf } from './types.ts';

const maxTombstones = 1_000;

/** Returns an informer on `resource`, limited by `options` and to what `keep` leaves of it. Objects are kept without `managedFields`. */
export function createInformer<T extends KubeObject>({
  client,
  resource,
  options,
  keep,
  onError,
  meter,
}: {
  client: KubeClient;
  resource: Resource;
  options: ListOptions;
  keep?: Keep<T> | undefined;
  onError: (error: unknown) => void;
  meter?: WatchMeter | undefined;
}): Informer<T> {
  const objects = new Map<string, T>();
  const indexes = new Map<string, { values: (object: T) => string[]; keys: Map<string, Set<string>> }>();
  const handlers: ChangeHandler<T>[] = [];
  /** UIDs seen deleted, so that the late answer to a write does not bring them back. */
  const tombstones = new Set<string>();
  /** Keys whose object came from `observe` and was not yet told to the handlers, with the list it came after and what they were told last. */
  const observed = new Map<string, { after: number; told: T | undefined }>();
  let lists = 0;
  const firstList = Promise.withResolvers<void>();
  firstList.promise.catch(() => undefined);
  /** Where somebody waits for it: the first list after the one of this number. */
  let nextList: { after: number; done: PromiseWithResolvers<void> } | undefined;
  let round = new AbortController();
  let hasSynced = false;

  function store(key: string, current: T | undefined): T | undefined {
    const previous = objects.get(key);
    for (const { values, keys } of indexes.values()) {
      if (previous) for (const value of values(previous)) removeFrom(keys, value, key);
      if (current) for (const value of values(current)) addTo(keys, value, key);
    }
    if (current) objects.set(key, current);
    else objects.delete(key);
    return previous;
  }

  function keysBy(name: string, value: string): ReadonlySet<string> | undefined {
    const index = indexes.get(name);
    if (!index) throw new Error(`${resource.plural} have no index "${name}"`);
    return index.keys.get(value);
  }

  function tell(previous: T | undefined, current: T | undefined): void {
    for (const handler of handlers) {
      try {
        handler({ previous, current });
      } catch (error) {
        onError(error);
      }
    }
  }

  function put(object: T): void {
    // A watch runs behind the answers to our own writes; what it says of the time before them is no news.
    if (!isBehind(keyOf(object), object)) take(object);
  }

  function take(object: T): void {
    const current = withoutManagedFields(object);
    const key = keyOf(current);
    const told = toldOf(key);
    observed.delete(key);
    tombstones.delete(object.metadata.uid ?? '');
    store(key, current);
    tell(told, current);
  }

  function toldOf(key: string): T | undefined {
    const entry = observed.get(key);
    return entry ? entry.told : objects.get(key);
  }

  function isBehind(key: string, object: T): boolean {
    const known = observed.has(key) ? objects.get(key) : undefined;
    return known !== undefined && versionOf(known) > versionOf(object);
  }

  function bury(object: T): void {
    const key = keyOf(object);
    const known = objects.get(key);
    if (object.metadata.uid && object.metadata.uid !== known?.metadata.uid) tombstones.add(object.metadata.uid);
    if (known && isBehind(key, object)) {
      observed.set(key, { after: lists, ...observed.get(key), told: known });
      return tell(object, known);
    }
    if (known?.metadata.uid) tombstones.add(known.metadata.uid);
    for (const uid of tombstones) {
      if (tombstones.size <= maxTombstones) break;
      tombstones.delete(uid);
    }
    // Whoever was told of each form knows what went.
    if (known && observed.has(key)) tell(toldOf(key), known);
    observed.delete(key);
    tell(store(key, undefined) ?? object, undefined);
  }

  const sink = {
    listing: () => void (lists += 1),
    replace(items: T[], resourceVersion: string) {
      const present = new Set(items.map(keyOf));
      /** Whether the object was written after the list was read; an older observation was made in another life of the server. */
      const isAhead = (key: string, object: T) =>
        observed.get(key)?.after === lists && versionOf(object) > BigInt(resourceVersion || 0);
      for (const [key, object] of objects) if (!present.has(key) && !isAhead(key, object)) bury(object);
      for (const item of items) {
        const key = keyOf(item);
        const known = objects.get(key);
        if (known && isAhead(key, known)) continue;
        if (observed.has(key) || known?.metadata.resourceVersion !== item.metadata.resourceVersion) take(item);
      }
      hasSynced = true;
      firstList.resolve();
      if (!nextList || lists <= nextList.after) return;
      nextList.done.resolve();
      nextList = undefined;
    },
    put,
    remove(object: T) {
      // What was never kept is nobody's news.
      if (!keep || objects.has(keyOf(object))) bury(object);
    },
  };

  return {
    resource,
    get: (key) => objects.get(key),
    list: () => objects.values(),
    size: () => objects.size,
    byIndex(name, value) {
      const found: T[] = [];
      for (const key of keysBy(name, value) ?? []) {
        const object = objects.get(key);
        if (object) found.push(object);
      }
      return found;
    },
    countOf: (name, value) => keysBy(name, value)?.size ?? 0,
    addIndex(name, values) {
      const keys = new Map<string, Set<string>>();
      for (const [key, object] of objects) for (const value of values(object)) addTo(keys, value, key);
      indexes.set(name, { values, keys });
    },
    onChange: (handler) => void handlers.push(handler),
    async start(signal) {
      while (!signal.aborted) {
        round = new AbortController();
        const either = AbortSignal.any([signal, round.signal]);
        await reflect<T>({ client, resource, options, keep, sink, signal: either, onError, meter });
      }
      firstList.reject(signal.reason);
      nextList?.done.reject(signal.reason);
    },
    synced: () => firstList.promise,
    async relist() {
      nextList = { after: lists, done: nextList?.done ?? Promise.withResolvers() };
      round.abort(new Error('lists anew'));
      await nextList.done.promise;
    },
    get hasSynced() {
      return hasSynced;
    },
    observe(object) {
      const key = keyOf(object);
      const known = objects.get(key);
      if (tombstones.has(object.metadata.uid ?? '')) return;
      if (known && versionOf(known) >= versionOf(object)) return;
      // Of one whose labels were taken off the watch tells nothing more but that: it would stay for ever.
      if (!isSelected(object, options.labelSelector)) return;
      observed.set(key, { after: lists, told: toldOf(key) });
      store(key, withoutManagedFields(object));
    },
  };
}

/** Resource versions are ordered integers (KEP-5504). */
function versionOf(object: KubeObject): bigint {
  return BigInt(object.metadata.resourceVersion ?? 0);
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function addTo(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  if (set) set.add(key);
  else keys.set(value, new Set([key]));
}

function removeFrom(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  set?.delete(key);
  if (set?.size === 0) keys.delete(value);
}
