import type { SpecReport } from './ginkgo-report.ts';

/** One test of Kubernetes' end-to-end suite. */
export interface Spec {
  name: string;
  /** Its special interest group, for example `sig-node`. */
  sig: string;
  /** It expects that nothing else is tested on the cluster at the same time. */
  serial: boolean;
}

/** `no-image`: it failed, as a container image that it asks for cannot be had here. `skipped`: it found that it does not apply. */
export type Outcome = 'passed' | 'failed' | 'no-image' | 'skipped';

/** How a spec ended. */
export interface Result {
  name: string;
  outcome: Outcome;
  seconds: number;
  /** Why it did not pass, in one line. */
  reason: string;
}

const lineLength = 200;

export function specOf({ name, labels }: SpecReport): Spec {
  return {
    name,
    sig: /\[(sig-[a-z-]+)\]/.exec(name)?.[1] ?? 'none',
    serial: ['Serial', 'Disruptive'].some((word) => labels.includes(word) || name.includes(`[${word}]`)),
  };
}

/** Returns how the spec ended, undefined if it was not run or not run to its end. */
export function resultOf(report: SpecReport): Result | undefined {
  const { name, state, attempts, seconds, message, output } = report;
  if (attempts === 0 || state === 'interrupted' || state === 'aborted') return undefined;
  const reason = firstLine(message);
  if (state === 'passed') return { name, outcome: 'passed', seconds, reason: '' };
  if (state === 'skipped' || state === 'pending') return { name, outcome: 'skipped', seconds, reason };
  const image = missingImage(`${message}\n${output}`);
  if (image !== undefined) return { name, outcome: 'no-image', seconds, reason: image };
  return { name, outcome: 'failed', seconds, reason };
}

/** Returns the image that a kubelet could not get, if its events in `output` tell of one. */
function missingImage(output: string): string | undefined {
  const message = /Failed to pull image "([^"]+)"|[Cc]ontainer image "([^"]+)" is not present with pull policy/.exec(
    output,
  );
  return message?.[1] ?? message?.[2];
}

function firstLine(text: string): string {
  const line = text.split('\n').find((each) => each.trim() !== '') ?? '';
  return line.length > lineLength ? `${line.slice(0, lineLength)}…` : line;
}
