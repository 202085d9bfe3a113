import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, type Resource, joinKey, keyOf } from '../../src/kube/types.ts';

/** An object as the fake API server keeps it. */
export interface StoredObject extends KubeObject {
  spec?: Record<string, unknown> | undefined;
  status?: Record<string, unknown> | undefined;
}

/** One write. `previous` is the object before it, `object` after it (for DELETED: its last state, with a new version). */
export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  collection: string;
  object: StoredObject;
  previous: StoredObject | undefined;
}

/** What the store needs to know of a resource; every Resource of the product fits. */
export type ResourceId = Pick<Resource, 'group' | 'version' | 'plural'>;

/** The objects of a fake API server, as etcd holds the real ones: one counter of revisions, and a history to watch. */
export interface FakeObjectStore {
  readonly revision: number;
  /** Creates or replaces `object` whole, status included, as no client can; an equal object is no write. */
  put<T extends KubeObject>(resource: ResourceId, object: T): T;
  get<T extends KubeObject>(resource: ResourceId, key: string): T | undefined;
  /** In the order of their keys, as etcd answers. */
  list<T extends KubeObject>(resource: ResourceId): T[];
  /** Removes at once, without grace or finalizers. Returns the last state, undefined if there was none. */
  delete(resource: ResourceId, key: string): StoredObject | undefined;
  /** Forgets the history: watches and continue tokens from before now are too old (410). */
  compact(): void;
  /** Returns the writes after `revision`, or undefined if they are forgotten. */
  since(revision: number): StoreEvent[] | undefined;
  /** Calls `listener` for every later write; returns the function that ends this. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}

/** Returns `group/version/plural`, the key of a collection. */
export function collectionOf({ group, version, plural }: ResourceId): string {
  return `${group}/${version}/${plural}`;
}

/** Returns an empty store whose next write has the revision `firstRevision` (default 1001). */
export function createFakeObjectStore({ firstRevision = 1001 } = {}): FakeObjectStore {
  const collections = new Map<string, Map<string, StoredObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let history: StoreEvent[] = [];
  let revision = firstRevision - 1;
  let compactedAt = 0;

  const objectsOf = (collection: string) => {
    let objects = collections.get(collection);
    if (!objects) collections.set(collection, (objects = new Map()));
    return objects;
  };
  const record = (event: StoreEvent) => {
    history.push(event);
    for (const listener of listeners) listener(event);
  };

  return {
    get revision() {
      return revision;
    },
    put<T extends KubeObject>(resource: ResourceId, object: T): T {
      const collection = collectionOf(resource);
      const objects = objectsOf(collection);
      const previous = objects.get(keyOf(object));
      const metadata = {
        ...object.metadata,
        uid: previous?.metadata.uid ?? object.metadata.uid ?? randomUUID(),
        creationTimestamp: previous?.metadata.creationTimestamp ?? object.metadata.creationTimestamp ?? now(),
        resourceVersion: previous?.metadata.resourceVersion,
      };
      // A round through JSON: what a client gets never shares a reference with what a test holds.
      const current = JSON.parse(JSON.stringify({ ...object, metadata })) as T & StoredObject;
      if (previous && isDeepStrictEqual(previous, current)) return structuredClone(current);
      revision += 1;
      current.metadata.resourceVersion = String(revision);
      objects.set(keyOf(current), current);
      record({ type: previous ? 'MODIFIED' : 'ADDED', revision, collection, object: current, previous });
      return structuredClone(current);
    },
    get<T extends KubeObject>(resource: ResourceId, key: string) {
      return structuredClone(objectsOf(collectionOf(resource)).get(key)) as T | undefined;
    },
    list<T extends KubeObject>(resource: ResourceId) {
      const sorted = [...objectsOf(collectionOf(resource))].sort(([a], [b]) => (a < b ? -1 : 1));
      return sorted.map(([, object]) => structuredClone(object)) as KubeObject[] as T[];
    },
    delete(resource, key) {
      const collection = collectionOf(resource);
      const previous = objectsOf(collection).get(key);
      if (!previous) return undefined;
      objectsOf(collection).delete(key);
      revision += 1;
      const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
      record({ type: 'DELETED', revision, collection, object, previous });
      return structuredClone(object);
    },
    compact() {
      history = [];
      compactedAt = revision;
    },
    since: (from) => (from < compactedAt ? undefined : history.filter((event) => event.revision > from)),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Returns the key of `name` in `namespace` as the store has it. */
export function storeKey(namespace: string | undefined, name: string): string {
  return joinKey(namespace ?? '', name);
}

/** Returns the time as the API writes it: RFC 3339 in whole seconds. */
export function now(offsetSeconds = 0): string {
  return `${new Date(Date.now() + offsetSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
