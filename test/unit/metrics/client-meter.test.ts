import { Registry } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { resources } from '../../../src/kube/types.ts';
import { type MeterClient, createClientMeter } from '../../../src/metrics/client-meter.ts';
import { sumOf } from '../../support/figures.ts';
import { createScriptedClient } from '../../support/scripted-client.ts';

let registry: Registry;
let nowMs: number;
let meterClient: MeterClient;
const ref = { resource: resources.pods, namespace: 'shop', name: 'web' };
const object = { metadata: { name: 'web', namespace: 'shop' } };

beforeEach(() => {
  registry = new Registry();
  nowMs = 0;
  meterClient = createClientMeter(registry, () => nowMs);
});

/** Returns a client that answers each request but watches by `answer`, after 3 s. */
function answering(answer: () => unknown): KubeClient {
  const later = async () => {
    nowMs += 3_000;
    return answer();
  };
  const answered = {
    get: later,
    list: later,
    create: later,
    replace: later,
    patch: later,
    delete: later,
    request: later,
  };
  return { ...createScriptedClient(), ...answered } as unknown as KubeClient;
}

it('counts each request by its side, method and code, and how long it took', async () => {
  const client = meterClient(
    answering(() => object),
    'host',
  );
  await client.get(ref);
  await client.list(resources.pods);
  await client.create(resources.pods, object);
  await client.replace(resources.pods, object);
  await client.patch(ref, 'merge', {});
  await client.delete(ref);
  await client.request('POST', '/version');
  const text = await registry.metrics();
  const counts = [
    ['GET', '200', 2],
    ['POST', '201', 1],
    ['POST', '200', 1],
    ['PUT', '200', 1],
    ['PATCH', '200', 1],
    ['DELETE', '200', 1],
  ] as const;
  for (const [method, code, count] of counts)
    expect(sumOf(text, 'rest_client_requests_total', { side: 'host', method, code })).toBe(count);
  expect(sumOf(text, 'rest_client_requests_total')).toBe(7);
  expect(sumOf(text, 'rest_client_request_duration_seconds_sum', { side: 'host', verb: 'GET' })).toBe(6);
  expect(text).not.toContain('web');
});

it('passes on what was refused, with its code, or without one where no answer came', async () => {
  const refused = new StatusError(403, { code: 403, message: 'no' });
  const gone = new ConnectionError('no answer');
  for (const error of [refused, gone]) {
    const client = meterClient(
      answering(() => {
        throw error;
      }),
      'virtual',
    );
    await expect(client.get(ref)).rejects.toBe(error);
  }
  const text = await registry.metrics();
  expect(sumOf(text, 'rest_client_requests_total', { side: 'virtual', code: '403' })).toBe(1);
  expect(sumOf(text, 'rest_client_requests_total', { side: 'virtual', code: '<error>' })).toBe(1);
});

it('leaves what else a client has as it is', () => {
  const client = Object.assign(
    answering(() => object),
    { raw: 'streams' },
  );
  const metered = meterClient(client, 'host');
  expect(metered).toMatchObject({ raw: 'streams', server: client.server });
  for (const name of ['watch', 'close'] as const) expect(Reflect.get(metered, name)).toBe(Reflect.get(client, name));
});
