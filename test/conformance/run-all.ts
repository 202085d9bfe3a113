import { batchesOf } from './batches.ts';
import type { SpecReport } from './ginkgo-report.ts';
import { type Result, resultOf, type Spec } from './spec.ts';

export interface RunAllOptions {
  specs: readonly Spec[];
  /** How many batches are run at the same time. */
  workers: number;
  /** Specs in a batch. */
  batchSize: number;
  limitMs: number;
  /** Runs the specs one after the other; what comes after an interrupted one it may leave out. */
  run: (specs: readonly Spec[], worker: number) => Promise<SpecReport[]>;
  onResult: (result: Result, report: SpecReport | undefined) => Promise<void>;
}

/** Runs every spec to a result, batches of them side by side; after `signal` only what has begun. */
export async function runAll(options: RunAllOptions, signal: AbortSignal): Promise<void> {
  const queue = batchesOf(options.specs, options.batchSize);
  const work = async (worker: number) => {
    for (let batch = queue.shift(); batch !== undefined && !signal.aborted; batch = queue.shift()) {
      const left = await runBatch(batch, worker, options, signal);
      if (left.length > 0) queue.unshift(left);
    }
  };
  await Promise.all(Array.from({ length: options.workers }, (_, index) => work(index)));
}

/** Returns those that an interruption left out. */
async function runBatch(specs: Spec[], worker: number, options: RunAllOptions, signal: AbortSignal): Promise<Spec[]> {
  const reports = await options.run(specs, worker);
  const left: Spec[] = [];
  for (const spec of specs) {
    const report = reports.find(({ name }) => name === spec.name);
    const overLimit = report && report.attempts > 0 && !signal.aborted ? tooLong(report, options.limitMs) : undefined;
    const result = (report && resultOf(report)) ?? overLimit;
    if (result) await options.onResult(result, report);
    else left.push(spec);
  }
  if (signal.aborted) return [];
  if (left.length === specs.length) throw new Error(`e2e.test ran none of: ${left.map(({ name }) => name).join('; ')}`);
  return left;
}

function tooLong({ name, seconds }: SpecReport, limitMs: number): Result {
  return { name, outcome: 'failed', seconds, reason: `took longer than ${limitMs / 1000} s` };
}
