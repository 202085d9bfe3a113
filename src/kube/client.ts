import type { KubeObject, Resource } from './types.ts';

/** Names one object. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectRef {
  resource: Resource;
  namespace?: string | undefined;
  name: string;
}

/** Selects the objects of a list or watch. Without `namespace`: all namespaces. */
export interface ListOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

/** How a PATCH body is read by the API server. `apply` (server-side apply) wants a `fieldManager`, and creates what is missing. */
export type PatchType = 'merge' | 'strategic' | 'json' | 'apply';

/** When a request is sent: it may wait for other ones, for credentials or for a connection. */
export interface Turn {
  /** Called when its turn has come, and again right before it is sent; what it throws the request rejects with, unsent. */
  onTurn?: (() => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface WriteOptions extends Turn {
  /** Validates and admits, but persists nothing. Default: false. */
  dryRun?: boolean;
  /** For example `status` or `binding`. */
  subresource?: string;
  /** Who writes, for the record of who owns which field. Default: the server makes one up from the user agent. */
  fieldManager?: string;
  /** Of an `apply`: take fields over that others own, instead of a conflict (409). Default: false. */
  force?: boolean;
}

export interface DeleteOptions extends Turn {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' | undefined;
}

/** One page of a list. Items carry their `apiVersion` and `kind`, as objects of a watch do. */
export interface KubeList<T extends KubeObject> {
  resourceVersion: string;
  continue: string | undefined;
  items: T[];
}

/** One line of a watch. A BOOKMARK's object holds nothing but the resourceVersion; an ERROR is thrown as StatusError. */
export interface WatchEvent<T extends KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

/**
 * Talks to one API server. Every method rejects with StatusError when the server says no, with ConnectionError when
 * there is no answer, and with the signal's reason when aborted. Nothing is retried here, except that a kept connection
 * found closed is opened anew, and that a 401 is tried once more with fresh credentials.
 */
export interface KubeClient {
  /** Base URL, for messages. */
  readonly server: string;
  get<T extends KubeObject>(ref: ObjectRef, options?: { signal?: AbortSignal }): Promise<T>;
  /** One page; `limit` defaults to none. */
  list<T extends KubeObject>(
    resource: Resource,
    options?: ListOptions & { limit?: number; continue?: string; resourceVersion?: string; signal?: AbortSignal },
  ): Promise<KubeList<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  replace<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(ref: ObjectRef, type: PatchType, body: unknown, options?: WriteOptions): Promise<T>;
  /** Resolves with the deleted object or Status. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<unknown>;
  /** Yields until the server ends the stream; ends with ConnectionError when the stream breaks. */
  watch<T extends KubeObject>(
    resource: Resource,
    options: ListOptions & { resourceVersion: string; timeoutSeconds: number; signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>>;
  /** Sends any JSON request; `path` begins with `/`. */
  request(method: string, path: string, options?: Turn & { body?: unknown }): Promise<unknown>;
  /** Closes idle connections and ends those in use. */
  close(): void;
}
