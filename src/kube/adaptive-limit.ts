/** How a request ended, as far as that tells what the server can take. */
export interface Outcome {
  /** `well`: the server did its work, whatever it said. `overloaded`: it is asked too much. `nothing`: no answer, or trouble of its own. */
  says: 'well' | 'overloaded' | 'nothing';
  /** For how long the server does not want to be asked anything. Default: 0. */
  retryAfterMs?: number | undefined;
}

/** How many requests one server may be working on at a time. */
export interface AdaptiveLimit {
  /** A whole number, at least 1. */
  readonly most: number;
  readonly inFlight: number;
  /** How long nothing new may begin, as the server asked for it; 0 for now. */
  heldMs(): number;
  /** A request begins, whether there is room for it or not. Returns what its end is told with. */
  begin(): number;
  end(begun: number, outcome: Outcome): void;
}

/** The most that a Retry-After of priority and fairness says: `maxRetryAfter` in flowcontrol/dropped_requests_tracker.go. */
const maxHoldMs = 32_000;

/**
 * Returns a limit that begins at `start` and finds out what the server can take, as TCP does of a network (RFC 5681): for each round of
 * requests that went well and used all of it there may be one more at a time, up to `ceiling`; when one is refused for overload, half of what was under way
 * then. What was begun before that does not count any more: its refusals are of the same overload, and its successes of the time before. `now` in milliseconds, never set back.
 */
export function createAdaptiveLimit({
  start,
  ceiling,
  now,
}: {
  start: number;
  ceiling: number;
  now: () => number;
}): AdaptiveLimit {
  let limit = Math.min(start, ceiling);
  let inFlight = 0;
  let decreases = 0;
  let heldUntilMs = Number.NEGATIVE_INFINITY;

  return {
    get most() {
      return Math.floor(limit);
    },
    get inFlight() {
      return inFlight;
    },
    heldMs: () => Math.max(0, heldUntilMs - now()),
    begin() {
      inFlight += 1;
      return decreases;
    },
    end(begun, { says, retryAfterMs = 0 }) {
      heldUntilMs = Math.max(heldUntilMs, now() + Math.min(retryAfterMs, maxHoldMs));
      const isOfThisLimit = begun === decreases;
      if (says === 'overloaded' && isOfThisLimit) {
        // Half of what was under way, and not of what might have been: others may take the room that was never used.
        limit = Math.max(1, Math.min(limit, inFlight) / 2);
        decreases += 1;
      } else if (says === 'well' && isOfThisLimit && inFlight >= Math.floor(limit)) {
        limit = Math.min(ceiling, limit + 1 / limit);
      }
      inFlight -= 1;
    },
  };
}
