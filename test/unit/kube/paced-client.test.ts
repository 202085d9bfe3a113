import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { fenceClient } from '../../../src/kube/fenced-client.ts';
import type { Term } from '../../../src/kube/lease-election.ts';
import { paceClient } from '../../../src/kube/paced-client.ts';
import { type RequestGate, createRequestGate } from '../../../src/kube/request-gate.ts';
import { resources } from '../../../src/kube/types.ts';
import { createScriptedClient } from '../../support/scripted-client.ts';

const { pods } = resources;
const ref = { resource: pods, namespace: 'shop', name: 'web' };
const object = { metadata: { name: 'web', namespace: 'shop' } };
/** Each call that has to wait, by its name. */
const calls: Record<string, (client: KubeClient) => Promise<unknown>> = {
  get: async (client) => await client.get(ref),
  list: async (client) => await client.list(pods),
  create: async (client) => await client.create(pods, object),
  replace: async (client) => await client.replace(pods, object),
  patch: async (client) => await client.patch(ref, 'merge', {}),
  delete: async (client) => await client.delete(ref),
  request: async (client) => await client.request('GET', '/version'),
};

let gate: RequestGate;
/** What was sent, oldest first. */
let sent: string[];
/** Ends the oldest request that is under way. */
let answers: PromiseWithResolvers<unknown>[];
let plain: KubeClient;
let paced: KubeClient;

beforeEach(() => {
  gate = createRequestGate({ signal: new AbortController().signal, start: 1, ceiling: 1 });
  sent = [];
  answers = [];
  const send = (name: string) => async (): Promise<unknown> => {
    sent.push(name);
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return await answer.promise;
  };
  const sending = Object.fromEntries(Object.keys(calls).map((name) => [name, send(name)]));
  plain = { ...createScriptedClient(), ...sending };
  paced = paceClient(plain, gate);
});

const settled = async () => await new Promise((resolve) => void setImmediate(resolve));

describe('a paced client', () => {
  it.each(Object.entries(calls))(
    'sends a %s when its turn comes, and passes on what is answered',
    async (name, call) => {
      const first = paced.get(ref);
      const second = call(paced);
      await settled();
      expect(sent).toEqual(['get']);
      answers[0]?.resolve(object);
      await first;
      await settled();
      expect(sent).toEqual(['get', name]);
      answers[1]?.resolve('answer');
      expect(await second).toBe('answer');
      expect(gate.standing()).toMatchObject({ inFlight: 0, waiting: 0 });
    },
  );

  it.each([
    ['too much is asked', new StatusError(429, {}), 1],
    ['an object is not there', new StatusError(404, {}), 3],
    ['the server has lost its database', new StatusError(500, {}), 2],
    ['the server is not ready', new StatusError(503, {}), 2],
    ['no answer came', new ConnectionError('gone'), 2],
    ['there is a bug', new TypeError('undefined'), 2],
  ])('gives its place to the next where %s, and tells what that says', async (_, error, limit) => {
    gate = createRequestGate({ signal: new AbortController().signal, start: 2, ceiling: 8 });
    paced = paceClient(plain, gate);
    const all = [paced.get(ref), paced.get(ref), paced.get(ref), paced.get(ref)];
    const refusals = Promise.all(all.map(async (each) => await expect(each).rejects.toBe(error)));
    while (gate.standing().inFlight > 0 || gate.standing().waiting > 0) {
      await settled();
      answers.shift()?.reject(error);
    }
    await refusals;
    expect(sent).toHaveLength(4);
    expect(gate.standing().limit).toBe(limit);
  });

  it.each([429, 503])('sends nothing for as long as a %i says, nor what was refused once more', async (code) => {
    let nowMs = 0;
    const ending = new AbortController();
    gate = createRequestGate({ signal: ending.signal, now: () => nowMs });
    paced = paceClient(plain, gate);
    const refused = paced.get(ref);
    await settled();
    answers[0]?.reject(new StatusError(code, {}, 2_000));
    await expect(refused).rejects.toMatchObject({ code });
    const second = paced.list(pods);
    await settled();
    expect(sent).toEqual(['get']);
    nowMs = 2_000;
    const third = paced.get(ref);
    await settled();
    for (const answer of answers) answer.resolve(object);
    await second;
    await settled();
    for (const answer of answers) answer.resolve(object);
    await third;
    expect(sent).toEqual(['get', 'list', 'get']);
    ending.abort();
  });

  it('sends deletions, and all of an urgent client, before others', async () => {
    const urgent = paceClient(plain, gate, { urgent: true });
    const first = paced.get(ref);
    const rest = [
      paced.create(pods, object),
      paced.delete(ref),
      paced.request('DELETE', '/x'),
      urgent.patch(ref, 'merge', {}),
    ];
    for (let count = 0; count < 5; count += 1) {
      await settled();
      answers[count]?.resolve(object);
    }
    await Promise.all([first, ...rest]);
    expect(sent).toEqual(['get', 'delete', 'request', 'patch', 'create']);
  });

  it('lets watches, streams and what else a client has as they are', () => {
    const client = Object.assign(plain, { raw: 'streams' });
    const each = paceClient(client, gate);
    expect(each).toMatchObject({ raw: 'streams', server: client.server });
    for (const name of ['watch', 'close'] as const) expect(Reflect.get(each, name)).toBe(Reflect.get(client, name));
  });

  it('sends nothing of one that gave up while it waited', async () => {
    const first = paced.get(ref);
    const late = new AbortController();
    const second = paced.create(pods, object, { signal: late.signal });
    const reason = new Error('enough');
    late.abort(reason);
    await expect(second).rejects.toBe(reason);
    answers[0]?.resolve(object);
    await first;
    expect(sent).toEqual(['get']);
    expect(gate.standing()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it('writes nothing of a leader that slept past its time while the write waited, before the Lease is found lost', async () => {
    let mayWrite = true;
    const forever = new AbortController().signal;
    const term: Term = { ending: forever, lost: forever, continues: false, mayWrite: () => mayWrite };
    const fenced = fenceClient(paced, () => term);
    const first = fenced.get(ref);
    const second = fenced.create(pods, object);
    await settled();
    mayWrite = false;
    answers[0]?.resolve(object);
    await first;
    await expect(second).rejects.toBeInstanceOf(ConnectionError);
    expect(sent).toEqual(['get']);
    expect(gate.standing()).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});
