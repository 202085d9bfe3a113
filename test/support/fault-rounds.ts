import { isFullExtent } from './fault-extent.ts';

/** Something that goes wrong; `meet` lets it happen, sees that it was met as it should be, and ends it. */
export interface Fault<T> {
  title: string;
  meet: (test: T) => Promise<void>;
}

/** Returns the rounds in which `faults` are met: in the long form one in each, with an audit after it, in the short one all in a row. */
export function roundsOf<T>(faults: Fault<T>[]): { title: string; round: Fault<T>[] }[] {
  const rounds = isFullExtent ? faults.map((fault) => [fault]) : [faults];
  return rounds.map((round) => ({ title: round.map(({ title }) => title).join('; '), round }));
}
