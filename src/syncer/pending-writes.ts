import { type Amounts, growth } from '../quota/quota.ts';

/** So long a write may still come about that got no answer: API servers give up after a minute. */
const unansweredMs = 60_000;

/** A write that is under way. Ended once, by one of these. */
export interface PendingWrite {
  /** It is known what has become of it. */
  end(): void;
  /** It got no answer: it counts until it shows in what stands there, or can no longer come about. */
  leaveOpen(): void;
}

/** What is being made in each place, and may have been, where no answer came. */
export interface PendingWrites<P extends { id: string }> {
  begin(place: P, charge: Amounts): PendingWrite;
  /** What those in the place `id` take, each for itself. */
  chargesIn(id: string): Amounts[];
  /** Forgets those without an answer that show in what stands in the place `id`, as that takes no less. */
  dropShown(id: string, stands: Amounts): void;
  /** Forgets those without an answer that cannot come about any more. Returns where they were. */
  dropExpired(): P[];
}

interface Entry {
  charge: Amounts;
  isUnderWay: boolean;
}

/** Returns none yet. `elapsed` tells milliseconds by a clock that nobody sets. */
export function createPendingWrites<P extends { id: string }>(elapsed: () => number): PendingWrites<P> {
  const entries = new Map<string, Set<Entry>>();
  /** Where writes got no answer, with the time up to which the last one may still come about; in the order of these times. */
  const unanswered = new Map<string, { place: P; untilMs: number }>();

  function drop(id: string, entry: Entry): void {
    const left = entries.get(id);
    left?.delete(entry);
    if (left?.size === 0) entries.delete(id);
  }

  function dropUnanswered(id: string, isOver: (charge: Amounts) => boolean): void {
    if (!unanswered.has(id)) return;
    for (const each of entries.get(id) ?? []) if (!each.isUnderWay && isOver(each.charge)) drop(id, each);
    if ([...(entries.get(id) ?? [])].every(({ isUnderWay }) => isUnderWay)) unanswered.delete(id);
  }

  return {
    begin(place, charge) {
      const { id } = place;
      const entry: Entry = { charge, isUnderWay: true };
      entries.set(id, (entries.get(id) ?? new Set()).add(entry));
      return {
        end: () => drop(id, entry),
        leaveOpen() {
          // It stands for those before it that asked for no more.
          dropUnanswered(id, (earlier) => growth(earlier, charge).size === 0);
          entry.isUnderWay = false;
          unanswered.delete(id);
          unanswered.set(id, { place, untilMs: elapsed() + unansweredMs });
        },
      };
    },
    chargesIn: (id) => [...(entries.get(id) ?? [])].map(({ charge }) => charge),
    dropShown: (id, stands) => dropUnanswered(id, (charge) => growth(charge, stands).size === 0),
    dropExpired() {
      const expired: P[] = [];
      for (const [id, { place, untilMs }] of unanswered) {
        if (untilMs > elapsed()) break;
        dropUnanswered(id, () => true);
        expired.push(place);
      }
      return expired;
    },
  };
}
