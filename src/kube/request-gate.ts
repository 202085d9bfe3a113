import { type Outcome, createAdaptiveLimit } from './adaptive-limit.ts';
import { createRequestQueue } from './request-queue.ts';

/** Gives the place of a request that has ended to the next one. To be called once, whatever came of it. */
type Pass = (outcome: Outcome) => void;

/** Lets no more requests through to a server than it can take. */
export interface RequestGate {
  /** Resolves when the request may be sent; rejects with the reason of `signal` when that aborts before. */
  enter(options: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<Pass>;
  /** How many requests may be under way now, how many are, and how many wait for that. */
  standing(): GateStanding;
}

export interface GateStanding {
  limit: number;
  inFlight: number;
  waiting: number;
}

/** Little enough for a server that is busy, and soon more for one that is not. */
const defaultStart = 8;
/**
 * The transport has 64 sockets, and each watch, of which there are up to some thirty, holds one. A request without a socket would wait for it with the
 * clock of its answer running.
 */
const defaultCeiling = 32;

/**
 * Returns a gate through which all requests to one server go, by what `createAdaptiveLimit` and `createRequestQueue` say. Once `signal` aborts nothing waits any more:
 * who ends begins nothing new, and a server that is slow or full must not keep the last requests from being tried.
 */
export function createRequestGate({
  signal,
  start = defaultStart,
  ceiling = defaultCeiling,
  now = () => performance.now(),
}: {
  signal: AbortSignal;
  start?: number;
  ceiling?: number;
  now?: () => number;
}): RequestGate {
  const limit = createAdaptiveLimit({ start, ceiling, now });
  const queue = createRequestQueue<Pass>();
  let timer: NodeJS.Timeout | undefined;

  function pass(): Pass {
    const begun = limit.begin();
    return (outcome) => {
      limit.end(begun, outcome);
      admit();
    };
  }

  function admit(): void {
    clearTimeout(timer);
    const mayBegin = () => signal.aborted || (limit.heldMs() === 0 && limit.inFlight < limit.most);
    while (queue.size > 0 && mayBegin()) queue.give(pass());
    if (queue.size > 0 && limit.heldMs() > 0) timer = setTimeout(admit, Math.ceil(limit.heldMs()));
  }

  signal.addEventListener('abort', admit, { once: true });
  return {
    async enter(options) {
      // All go through the queue, so that nobody comes in between.
      const turn = queue.wait(options);
      admit();
      return await turn;
    },
    standing: () => ({ limit: limit.most, inFlight: limit.inFlight, waiting: queue.size }),
  };
}
