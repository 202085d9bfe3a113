/** Told of what becomes of the keys of a queue, for figures about it. */
export interface QueueMeter {
  /** The key waits from now on, or is to be worked once more when it is done. Not told again of one of which that is so already. */
  added(key: string): void;
  taken(key: string): void;
  done(key: string): void;
  /** A key is to be tried again after its back-off. */
  retried(): void;
  /** None of the keys waits any more: the queue was shut down. */
  cleared(): void;
}

/**
 * Keys that want work, in client-go's semantics: a key that is added many times before it is taken is worked once; a
 * key added while it is being worked is handed out again after `done`; one key is never out twice at the same time.
 */
export interface WorkQueue {
  add: (key: string) => void;
  addAfter(key: string, delayMs: number): void;
  /** Adds after this key's own back-off: 5 ms doubling to 60 s by default. */
  addRateLimited(key: string): void;
  /** Ends the key's back-off. */
  forget(key: string): void;
  /** Resolves with the next key, or undefined once the queue is shut down. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Keys waiting now, without those delayed. */
  readonly depth: number;
  /** Whether the key waits now, and not only later. */
  has(key: string): boolean;
  /** Ends all timers and forgets every key; `take` resolves undefined from now on, and nothing is added. */
  shutDown(): void;
  /** Takes keys again. Only when every key that was taken is done. */
  reopen(): void;
}
