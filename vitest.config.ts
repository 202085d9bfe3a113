import { defineConfig } from 'vitest/config';

// Tests of real control planes share one machine: one file at a time, and time enough for a cold build of them.
const coldBuildMs = 45 * 60_000;

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: coldBuildMs,
        },
      },
    ],
  },
});
