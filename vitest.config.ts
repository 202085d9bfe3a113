import { defineConfig } from 'vitest/config';

// Tests of real control planes share one machine: one file at a time, and time enough for a cold build of them.
const coldBuildMs = 45 * 60_000;

const ofClusters = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    fileParallelism: false,
    testTimeout,
    hookTimeout: coldBuildMs,
  },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 60_000 } },
      ofClusters('faults', 600_000),
      ofClusters('package', 180_000),
      ofClusters('real', 180_000),
      ofClusters('e2e', 180_000),
    ],
  },
});
