import { describe, expect, test } from 'vitest';
import { firstFigures } from '../../../src/apiserver-proxy/metrics-figures.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { silentLog } from '../../../src/log.ts';

/** A source that answers with `name`, or fails with what `failure` holds, and counts how often it is asked. */
function source(name: string) {
  const made = {
    asked: 0,
    failure: undefined as Error | undefined,
    read: async () => {
      made.asked++;
      if (made.failure) throw made.failure;
      return new Map([['of', name]]);
    },
  };
  return made;
}

function reader(...sources: ReturnType<typeof source>[]) {
  const clock = { now: 0 };
  const read = firstFigures(
    sources.map((each) => each.read),
    { what: 'pods', log: silentLog, now: () => clock.now },
  );
  return { clock, read: async () => (await read()).get('of') };
}

const gone = new StatusError(404, { reason: 'NotFound', message: 'the server could not find the requested resource' });
const refused = new StatusError(403, { reason: 'Forbidden', message: 'no' });

describe('figures', () => {
  test.each([gone, refused, new StatusError(503, {}), new ConnectionError('reset'), new Error('timeout')])(
    'come from the second source while the first fails (%s), and from the first again after',
    async (failure) => {
      const [first, second] = [source('first'), source('second')];
      const { clock, read } = reader(first, second);
      first.failure = failure;
      expect(await read()).toBe('second');
      first.failure = undefined;
      clock.now += 60_000;
      expect(await read()).toBe('first');
    },
  );

  test('that were read just now are not asked for again, and questions at one time are one', async () => {
    const only = source('only');
    const { clock, read } = reader(only);
    await Promise.all([read(), read(), read()]);
    clock.now += 2_000;
    await read();
    expect(only.asked).toBe(1);
    clock.now += 2_000;
    await read();
    expect(only.asked).toBe(2);
  });

  test('that could not be had are asked for anew', async () => {
    const only = source('only');
    const { read } = reader(only);
    only.failure = new ConnectionError('reset');
    await expect(read()).rejects.toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    only.failure = undefined;
    expect(await read()).toBe('only');
  });

  test('are forbidden where the host forbids every source, or there is none', async () => {
    const only = source('only');
    only.failure = refused;
    const message =
      'pods.metrics.k8s.io is forbidden: k3v cannot list resource "pods" in API group "metrics.k8s.io" on the host';
    await expect(reader(only).read()).rejects.toMatchObject({ code: 403, reason: 'Forbidden', message });
    await expect(reader().read()).rejects.toMatchObject({ code: 403 });
  });

  test('are unavailable where one source is forbidden and the other does not answer', async () => {
    const [first, second] = [source('first'), source('second')];
    first.failure = refused;
    second.failure = new ConnectionError('reset');
    await expect(reader(first, second).read()).rejects.toMatchObject({ code: 503 });
  });
});
