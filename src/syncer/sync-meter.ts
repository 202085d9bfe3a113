import type { WatchMeter } from '../kube/reflector.ts';
import type { Resource } from '../kube/types.ts';
import type { QueueMeter } from '../kube/work-queue.ts';

/** What came of a look at a key: it is as it should be; it is tried again in a moment; or it waits for something else, or is refused. */
export type Look = 'settled' | 'again' | 'waits';

/** Told of what becomes of the keys of one kind. Names of objects must not leave it. */
export interface KindMeter {
  readonly queue: QueueMeter;
  /** A change on `side` asks for a look at `key`. */
  changed(key: string, side: 'virtual' | 'host'): void;
  /** What had changed of `key` when it was taken was looked at. To be told before the queue hears that it is done. */
  looked(key: string, look: Look): void;
  /** A host object that others had changed, or deleted, was put back. */
  repaired: () => void;
}

/** Told of what the engine does, for figures about it. */
export interface SyncMeter {
  readonly watch: (side: 'virtual' | 'host', resource: Resource) => WatchMeter;
  /** `name` is what `k3v status` calls the kind. Kinds of the same name count together. */
  readonly kind: (name: string) => KindMeter;
}
