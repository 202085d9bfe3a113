/** How many tests ended how. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** How one run of tests ended, and all that it said. */
export interface Ended {
  tally: Tally;
  output: string;
}

/** Returns the last line of a test run: `N passed, N failed`; skipped tests are named with their count. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const closing = /^(?<passed>\d+) passed, (?<failed>\d+) failed(?:, (?<skipped>\d+) skipped)?$/gm;

/** Reads that line in what a test run has printed. One that ended without it, or badly without a failed test, has failed once itself. */
export function tallyOf(output: string, exitCode: number | undefined): Tally {
  const { passed = 0, failed = 0, skipped = 0 } = [...output.matchAll(closing)].at(-1)?.groups ?? {};
  const tally = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** Returns both together. */
export function sum(one: Tally, other: Tally): Tally {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** Returns what vitest says of the tests that failed; all that it said, if it got no further. */
export function failuresIn(output: string): string {
  const from = output.indexOf(' Failed Tests ');
  const suites = output.indexOf(' Failed Suites ');
  const first = [from, suites].filter((index) => index >= 0);
  return first.length === 0 ? output : output.slice(output.lastIndexOf('\n', Math.min(...first)) + 1);
}
