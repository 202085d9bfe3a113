/** A JSON value. What is stored is never `null` itself: a missing key says that. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** One change in a batch; a missing `value` deletes the key. */
export interface StoreChange {
  key: string;
  value?: NonNullable<JsonValue>;
}

/**
 * A small ordered store of JSON by string key. What it holds is a cache of what the API servers know: losing it costs
 * time, never an object. Every method rejects with K3vError `STATE_CLOSED` after `close()`.
 */
export interface StateStore {
  get(key: string): Promise<JsonValue | undefined>;
  put(key: string, value: NonNullable<JsonValue>): Promise<void>;
  delete(key: string): Promise<void>;
  /** All or nothing. */
  batch(changes: StoreChange[]): Promise<void>;
  /** Yields the entries whose key begins with `prefix`, in key order. */
  entries(prefix: string): AsyncIterable<[key: string, value: JsonValue]>;
  close(): Promise<void>;
}
