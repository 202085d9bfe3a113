/** One of several pieces of work. */
export interface Job {
  /** Shown to the user. */
  title: string;
  /** No two jobs of one such name run at the same time; undefined: any may run beside it. */
  alone?: string | undefined;
}

/**
 * Runs every job, at most `lanes` at a time, in the order given but for those that may not run yet. Resolves when all have ended; the first
 * rejection of `run` ends it, once what runs has ended.
 */
export async function runInLanes<J extends Job>(
  jobs: readonly J[],
  lanes: number,
  run: (job: J) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs];
  const running = new Set<Promise<void>>();
  const taken = new Set<string>();
  const failures: unknown[] = [];
  const begin = (job: J) => {
    const { alone } = job;
    if (alone !== undefined) taken.add(alone);
    const work = run(job)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        running.delete(work);
        if (alone !== undefined) taken.delete(alone);
      });
    running.add(work);
  };
  while (failures.length === 0) {
    const next = waiting.findIndex(({ alone }) => alone === undefined || !taken.has(alone));
    if (next >= 0 && running.size < lanes) waiting.splice(next, 1).forEach(begin);
    else if (running.size > 0) await Promise.race(running);
    else break;
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
