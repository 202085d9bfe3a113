import type { KubeObject, Resource } from './types.ts';

/** Read access to what an informer knows. Objects are shared: never mutate them. */
export interface Lister<T extends KubeObject> {
  /** Returns the object under `key` (`namespace/name` or `name`). */
  get(key: string): T | undefined;
  list(): Iterable<T>;
  size(): number;
  /** Returns the objects for which the index function `index` gave `value`. Throws on an unknown index. */
  byIndex(index: string, value: string): T[];
  /** Returns how many those are, without gathering them. */
  countOf(index: string, value: string): number;
}

/** Told of every change, after the store holds it. `previous` is what was told last: undefined for an added object; `current` is undefined for a deleted one. */
export type ChangeHandler<T extends KubeObject> = (change: { previous: T | undefined; current: T | undefined }) => void;

/**
 * Keeps a local copy of one resource. States: new → `start()` → synced (the first complete list is in the store) →
 * ended by its signal. Never gives up: every failure is reported to `onError` and tried again with back-off.
 */
export interface Informer<T extends KubeObject> extends Lister<T> {
  readonly resource: Resource;
  /** Adds an index before `start()`: maps each object to the values under which `byIndex` finds it. */
  addIndex(name: string, values: (object: T) => string[]): void;
  /** Adds a handler before `start()`; it is called once per object of the first list too. A throwing handler goes to `onError`. */
  onChange(handler: ChangeHandler<T>): void;
  /** Begins to list and watch. Resolves when the informer has ended and nothing of it is left running. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves at the first complete list; rejects with the signal's reason if the informer ends before. */
  synced(): Promise<void>;
  /**
   * Lists anew and watches on from there. Resolves when a list that began after the call is in the store; rejects with the signal's reason if
   * the informer ends before.
   */
  relist(): Promise<void>;
  /** Whether the first list is in. */
  readonly hasSynced: boolean;
  /**
   * Puts the answer to a write into the store at once, so that the next reconcile does not act on the past. Ignored if
   * the store already has this or a newer version, or has seen the object's UID deleted, or watches for labels that it does not have. Calls no handler.
   */
  observe(object: T): void;
}
