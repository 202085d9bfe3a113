import type { Row, Size } from './figure.ts';

/** What came of a figure the last time. */
export interface Result {
  figure: string;
  size: Size;
  /** How many were asked for; a row has as many samples, or fewer where it says why. */
  runs: number;
  /** When it ended, RFC 3339. */
  at: string;
  /** What it ran on. `load` is how many processes wanted a processor in the minute before it began. */
  machine: { processors: number; load: number };
  /** Empty where it failed. */
  rows: Row[];
  /** Why it failed. */
  failure?: string;
}

/** Returns what is known of each figure once `fresh` is: one that failed takes nothing away of what was measured before. */
export function addResult(known: readonly Result[], fresh: Result): Result[] {
  const before = known.find(({ figure }) => figure === fresh.figure);
  if (before && before.failure === undefined && fresh.failure !== undefined) return [...known];
  return [...known.filter((each) => each !== before), fresh];
}
