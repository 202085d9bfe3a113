import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatusError, isBusy } from '../../../src/kube/errors.ts';
import { paceClient } from '../../../src/kube/paced-client.ts';
import { createWorkQueue } from '../../../src/kube/rate-limited-queue.ts';
import { type RequestGate, createRequestGate } from '../../../src/kube/request-gate.ts';
import type { StreamingKubeClient } from '../../../src/kube/rest-client.ts';
import { resources } from '../../../src/kube/types.ts';
import { type CrowdedServer, startCrowdedServer } from '../../support/crowded-server.ts';
import { clientOf, configMap } from '../../support/running-informer.ts';

const ceiling = 32;
let server: CrowdedServer;
let gate: RequestGate;
let client: StreamingKubeClient;
let ending: AbortController;
/** What the limit was whenever a request came in. */
let limits: number[];
/** By how much more was under way at the server, at most, than the client lets be. */
let beyond: number;

beforeEach(() => {
  ending = new AbortController();
  gate = createRequestGate({ signal: ending.signal, ceiling });
  limits = [];
  beyond = Number.NEGATIVE_INFINITY;
});

afterEach(async () => {
  ending.abort();
  client.close();
  await server.stop();
});

async function start(capacity: number, retryAfterSeconds = 0): Promise<void> {
  const onArrival = (inFlight: number) => {
    const standing = gate.standing();
    limits.push(standing.limit);
    beyond = Math.max(beyond, inFlight - standing.inFlight);
  };
  server = await startCrowdedServer({ capacity, retryAfterSeconds, onArrival });
  client = paceClient(clientOf(server.url), gate);
}

const namesOf = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Creates all of `names` as the syncer does: many workers, and a key that is refused is added again. */
async function createAll(names: string[], workers = 64): Promise<void> {
  const queue = createWorkQueue();
  let left = names.length;
  for (const name of names) queue.add(name);
  const work = async () => {
    for (let name = await queue.take(); name !== undefined; name = await queue.take()) {
      try {
        await client.create(resources.configMaps, configMap(name));
        left -= 1;
        if (left === 0) queue.shutDown();
      } catch (error) {
        if (!isBusy(error) || !(error instanceof StatusError)) throw error;
        queue.addAfter(name, error.retryAfterMs ?? 0);
      } finally {
        queue.done(name);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

describe('a paced client of an API server', () => {
  it('never has more of a burst of 1,000 creates under way than its limit, and loses none', async () => {
    await start(Infinity);
    const names = namesOf('burst', 1_000);
    const under: number[] = [];
    const all = names.map(async (name) => {
      await client.create(resources.configMaps, configMap(name));
      under.push(gate.standing().inFlight - gate.standing().limit);
    });
    expect(gate.standing()).toEqual({ limit: 8, inFlight: 8, waiting: 992 });
    await Promise.all(all);
    expect(Math.max(...under)).toBeLessThanOrEqual(0);
    expect(beyond).toBeLessThanOrEqual(0);
    expect(Math.max(...server.arrivals.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(ceiling);
    expect(server.created.toSorted()).toEqual(names.toSorted());
    expect(limits[0]).toBe(8);
    expect(gate.standing()).toEqual({ limit: ceiling, inFlight: 0, waiting: 0 });
  });

  it('settles near what the server takes, loses nothing that is refused, and asks for more once there is more', async () => {
    const capacity = 6;
    await start(capacity);
    const names = namesOf('tight', 800);
    await createAll(names);
    expect(server.created.toSorted()).toEqual(names.toSorted());
    const settled = limits.slice(100);
    expect(Math.max(...settled)).toBeLessThanOrEqual(2 * capacity);
    expect(Math.max(...settled)).toBeGreaterThan(capacity / 2);
    const mean = settled.reduce((sum, limit) => sum + limit, 0) / settled.length;
    expect(mean).toBeGreaterThan(capacity / 3);
    expect(mean).toBeLessThanOrEqual(1.5 * capacity);
    const refused = server.arrivals.filter(({ isRefused }) => isRefused).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused / server.arrivals.length).toBeLessThan(0.2);

    server.capacity = Infinity;
    await createAll(namesOf('wide', 1_000));
    expect(server.created).toHaveLength(1_800);
    expect(gate.standing().limit).toBe(ceiling);
    expect(beyond).toBeLessThanOrEqual(0);
  });

  it('sends nothing while the server wants to be left alone', async () => {
    await start(0, 1);
    const startMs = performance.now();
    const refused = client.create(resources.configMaps, configMap('refused'));
    await expect(refused).rejects.toMatchObject({ code: 429, retryAfterMs: 1_000 });
    server.capacity = Infinity;
    const waiting = namesOf('held', 50).map(async (name) => await client.create(resources.configMaps, configMap(name)));
    expect(gate.standing()).toEqual({ limit: 1, inFlight: 0, waiting: 50 });
    await Promise.all(waiting);
    expect(performance.now() - startMs).toBeGreaterThan(950);
    expect(server.arrivals).toHaveLength(51);
    expect(server.created).toHaveLength(50);
  });
});
