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
  /** Resolves with the next key, or undefined once the queue is shut down and drained of nothing more. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Keys waiting now, without those delayed. */
  readonly depth: number;
  /** Ends all timers; `take` resolves undefined from now on. */
  shutDown(): void;
}
