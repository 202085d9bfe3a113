/** Clocks that differ by less are one: a token says its seconds, and asking for it takes some. */
const toleranceMs = 60_000;

/** What time it is where tokens are issued, as told by this machine's clock, which somebody may set. */
export interface IssuerClock {
  /** Returns the issuer's time when this machine's clock says `wallMs`; undefined when that was set, or the machine slept, since the issuer was last heard: ask it for a token. */
  at(wallMs: number): number | undefined;
  /** Takes from a token issued just now, when this machine's clock says `wallMs`, what time it is for the issuer. */
  learn(wallMs: number, issuedAtMs: number): void;
}

/** Returns a clock that takes this machine's for right until it learns better. `elapsedMs` is a clock that nobody sets. */
export function createIssuerClock(elapsedMs: () => number): IssuerClock {
  let aheadMs: number | undefined = 0;
  /** What both clocks of this machine said last: they go on together, unless one is set. */
  let last: { wallMs: number; elapsedMs: number } | undefined;
  return {
    at(wallMs) {
      const elapsed = elapsedMs();
      const jumpMs = last ? wallMs - last.wallMs - (elapsed - last.elapsedMs) : 0;
      if (Math.abs(jumpMs) >= toleranceMs) aheadMs = undefined;
      last = { wallMs, elapsedMs: elapsed };
      return aheadMs === undefined ? undefined : wallMs + aheadMs;
    },
    learn(wallMs, issuedAtMs) {
      const differenceMs = issuedAtMs - wallMs;
      aheadMs = Math.abs(differenceMs) < toleranceMs ? 0 : differenceMs;
    },
  };
}
