import { delay } from './delay.ts';
import { ConnectionError } from './errors.ts';
import type { LeaseSeat } from './lease-seat.ts';

/** How fast another one follows a leader that is gone: after `leaseMs` and two `retryMs` at the latest, with the time of the requests. */
export interface ElectionTimes {
  /** After so long without a sign of its holder the Lease is free. */
  leaseMs: number;
  /** A leader that could not renew for so long stops. What is left until `leaseMs` is for requests that are under way. */
  renewDeadlineMs: number;
  retryMs: number;
}

/** The time in which this one leads. */
export interface Term {
  /** Aborts when leading has to end: what is begun may be finished. */
  readonly ending: AbortSignal;
  /** Aborts when the Lease is lost, or may be: what is begun has to be broken off. */
  readonly lost: AbortSignal;
  /** Whether nobody else has led since the term before of this one: it was only late. */
  readonly continues: boolean;
  /** Whether a write may begin: false from the renew deadline on, even if this process slept through it. */
  mayWrite(): boolean;
}

/** Returns the term of one that has no rivals: it lasts until `signal` aborts. */
export function soleTerm(signal: AbortSignal): Term {
  return { ending: signal, lost: new AbortController().signal, continues: true, mayWrite: () => true };
}

/**
 * Runs for the Lease of `seat` until `signal` aborts, and has `lead` called for each term; the next one begins when it has resolved. Rejects with what `lead` rejects with.
 * In the end, in any case, a Lease that is held is given up. `onHolder` hears who leads, `onError` of failed requests.
 */
export async function runElection(
  {
    seat,
    times: { renewDeadlineMs, retryMs },
    lead,
    now,
    onHolder = () => {},
    onError,
    random = Math.random,
  }: {
    seat: LeaseSeat;
    times: ElectionTimes;
    lead: (term: Term) => Promise<void>;
    /** Milliseconds, never set back. */
    now: () => number;
    onHolder?: (holder: string | undefined) => void;
    onError: (error: unknown) => void;
    random?: () => number;
  },
  signal: AbortSignal,
): Promise<void> {
  let renewedMs = Number.NEGATIVE_INFINITY;
  let toldOf: string | undefined;
  let lastReign: string | undefined;

  /** Asks once. What counts is when it was asked: another one may have heard of it from then on. */
  async function hold(limitMs: number, outer?: AbortSignal): Promise<boolean | undefined> {
    const askedMs = now();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new ConnectionError('the Lease got no answer in time')), limitMs);
    try {
      const isHeld = await seat.hold(outer ? AbortSignal.any([outer, late.signal]) : late.signal);
      if (isHeld) renewedMs = askedMs;
      tellHolder();
      return isHeld;
    } catch (error) {
      if (!outer?.aborted) onError(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  function tellHolder(): void {
    const holder = seat.holder();
    if (holder !== toldOf) onHolder(holder);
    toldOf = holder;
  }

  async function serve(): Promise<void> {
    const ending = new AbortController();
    const lost = new AbortController();
    const served = new AbortController();
    const leftMs = () => renewedMs + renewDeadlineMs - now();
    const term: Term = {
      ending: ending.signal,
      lost: lost.signal,
      continues: seat.reign() === lastReign,
      mayWrite: () => !lost.signal.aborted && leftMs() > 0,
    };
    lastReign = seat.reign();
    const end = () => ending.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const work = lead(term).finally(() => served.abort());
    // It is awaited below, when there is nothing more to renew.
    work.catch(() => {});
    while (!served.signal.aborted && !lost.signal.aborted) {
      await delay(Math.min(retryMs, Math.max(0, leftMs())), served.signal);
      if (served.signal.aborted) break;
      const isHeld = leftMs() > 0 ? await hold(leftMs()) : undefined;
      if (isHeld === false || leftMs() <= 0) {
        const reason = new ConnectionError('the Lease is lost');
        lost.abort(reason);
        ending.abort(reason);
      }
    }
    signal.removeEventListener('abort', end);
    await work;
  }

  try {
    while (!signal.aborted) {
      if (await hold(renewDeadlineMs, signal)) await serve();
      else await delay(retryMs * (1 + 0.2 * random()), signal);
    }
  } finally {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new ConnectionError('the Lease got no answer in time')), renewDeadlineMs);
    await seat.release(late.signal).catch(onError);
    clearTimeout(timer);
  }
}
