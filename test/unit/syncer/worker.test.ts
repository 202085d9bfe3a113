import { expect, it, vi } from 'vitest';
import { StatusError } from '../../../src/kube/errors.ts';
import { createWorkQueue } from '../../../src/kube/rate-limited-queue.ts';
import { resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import type { Failures } from '../../../src/syncer/standing.ts';
import { runWorkers } from '../../../src/syncer/worker.ts';

const answer = (code: number, message: string) => new StatusError(code, { code, reason: 'NotFound', message });

/** Returns what an administrator is warned of when a write is answered so, once. */
async function warningsOf(error: StatusError): Promise<string[]> {
  const warn = vi.fn<(details: { reason: string }) => void>();
  const queue = createWorkQueue();
  const failures: Failures = new Map();
  const answers = [error];
  const reconcile = async () => {
    const [refused] = answers.splice(0);
    if (refused) throw refused;
    queue.shutDown();
    return undefined;
  };
  const counts = () => ({ virtual: 0, host: 0 });
  const reconciler = { resource: resources.pods, plural: 'pods', queue, workers: 1, reconcile, counts };
  queue.add('shop/web');
  await runWorkers(reconciler, { failures, tell: async () => undefined, log: { ...silentLog, warn } });
  expect(failures.size).toBe(0);
  return warn.mock.calls.map(([{ reason }]) => reason);
}

it.each([
  [404, 'pods "web" not found'],
  [403, 'pods "web" is forbidden: unable to create new content in namespace shop because it is being terminated'],
])('tries again without a word when the object has gone meanwhile, or is going: %i %s', async (code, message) => {
  expect(await warningsOf(answer(code, message))).toEqual([]);
});

it.each(['namespaces "team" not found', 'the server could not find the requested resource'])(
  'warns of an API server that answers: %s',
  async (message) => {
    expect(await warningsOf(answer(404, message))).toEqual([message]);
  },
);
