import type { Ended } from './tally.ts';

/** Files of tests that may fail once: a machine that has other work to do can be too slow for anything. */
export interface SecondChances {
  /** Returns how `title` ended, which is how its second `attempt` did if the `first` one failed and there is a chance left. */
  outcomeOf(title: string, first: Ended, attempt: () => Promise<Ended>): Promise<Ended>;
  /** Those that failed once and then passed, with what was said the first time: whoever reads is to see that they are not to be relied on. */
  used(): { title: string; output: string }[];
}

/** More than these fail for a reason. */
const mostChances = 2;

export function createSecondChances(): SecondChances {
  let left = mostChances;
  const used: { title: string; output: string }[] = [];
  return {
    async outcomeOf(title, first, attempt) {
      if (first.tally.failed === 0 || left === 0) return first;
      left -= 1;
      const second = await attempt();
      if (second.tally.failed === 0) used.push({ title, output: first.output });
      return second;
    },
    used: () => used,
  };
}
