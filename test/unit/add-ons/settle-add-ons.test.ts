import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coreDnsAddOn } from '../../../src/add-ons/coredns.ts';
import { settleAddOns } from '../../../src/add-ons/settle-add-ons.ts';
import { silentLog } from '../../../src/log.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const addOns = [coreDnsAddOn({ image: 'coredns:1', replicas: 1, clusterDomain: 'cluster.local' })];
const notFound = refusing(404, 'NotFound');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('an add-on that is refused is tried again until it is in place', async () => {
  const patch = vi.fn<() => Promise<never>>(async () => ({}) as never);
  patch.mockImplementationOnce(refusing(403, 'Forbidden', 'exceeded quota: services'));
  const { signal } = new AbortController();
  const client = answeringClient({ get: notFound, patch });
  const settled = settleAddOns({ client, addOns, disabled: () => false, log: silentLog, signal });
  await vi.runAllTimersAsync();
  await settled;
  expect(patch).toHaveBeenCalledTimes(1 + (addOns[0]?.objects.length ?? 0));
});

it('an add-on that is refused for ever is given up at the end', async () => {
  const get = vi.fn<() => Promise<never>>(refusing(503, 'ServiceUnavailable'));
  const ending = new AbortController();
  const client = answeringClient({ get });
  const settled = settleAddOns({ client, addOns, disabled: () => true, log: silentLog, signal: ending.signal });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  const tries = get.mock.calls.length;
  expect(tries).toBeGreaterThan(10);
  expect(tries).toBeLessThan(20);
  ending.abort();
  await settled;
  expect(get).toHaveBeenCalledTimes(tries);
});
