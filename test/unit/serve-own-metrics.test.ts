import { expect, it } from 'vitest';
import { serveOwnMetrics } from '../../src/serve-own-metrics.ts';

it('nothing counts and nothing listens where nobody wants to know', async () => {
  const closers: unknown[] = [];
  expect(await serveOwnMetrics({ metricsAddress: undefined }, (close) => void closers.push(close))).toBeUndefined();
  expect(closers).toEqual([]);
});
