/** Shows the steps of a long start. On a terminal a line per step with its time and a bar; in a service, log lines. */
export interface Progress {
  step(title: string): ProgressStep;
}

/** A step that is under way. Ends with `done` or `fail`; later calls do nothing. */
export interface ProgressStep {
  /** Work done so far; `total` 0 means unknown. */
  update(amount: { done: number; total: number; unit: 'bytes' | 'items' }): void;
  /** A short note beside the title. */
  note(text: string): void;
  done(detail?: string): void;
  fail(): void;
}

/** Does `work`, which is `step` or a part of it; the step has failed if it rejects. */
export async function within<T>(step: Pick<ProgressStep, 'fail'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    step.fail();
    throw error;
  }
}

/** Shows nothing. */
export const silentProgress: Progress = {
  step: () => ({ update() {}, note() {}, done() {}, fail() {} }),
};
