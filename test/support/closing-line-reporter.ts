import type { Reporter, TestModule } from 'vitest/node';
import { closingLine } from '../whole/tally.ts';

/** Ends a test run with one line: `N passed, N failed`; skipped tests are named with their count. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      // A hook that fails takes its tests along without failing any of them.
      for (const part of [module, ...module.children.allSuites()]) if (part.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state] += 1;
      }
    }
    process.stdout.write(`${closingLine(counts)}\n`);
  }
}
