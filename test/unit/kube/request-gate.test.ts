import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../src/kube/adaptive-limit.ts';
import { type RequestGate, createRequestGate } from '../../../src/kube/request-gate.ts';

const well: Outcome = { says: 'well' };
let gate: RequestGate;
let ending: AbortController;
/** Those that are under way, oldest first. */
let passes: { name: string; leave: (outcome: Outcome) => void }[];

beforeEach(() => {
  vi.useFakeTimers();
  ending = new AbortController();
  passes = [];
  gate = createRequestGate({ signal: ending.signal, start: 2, ceiling: 4 });
});

afterEach(() => void vi.useRealTimers());

/** Has requests enter, urgent where the name begins with `!`; resolves when those that need not wait are through. */
async function enter(...names: string[]): Promise<void> {
  for (const name of names)
    void gate.enter({ urgent: name.startsWith('!') }).then((leave) => passes.push({ name, leave }));
  await settled();
}

/** Has the oldest one that is under way end so. */
async function end(outcome: Outcome): Promise<void> {
  passes.shift()?.leave(outcome);
  await settled();
}

const settled = async () => await vi.advanceTimersByTimeAsync(0);
const through = () => passes.map(({ name }) => name);

describe('a gate', () => {
  it('lets as many through as may be under way, and another one for each that ends', async () => {
    await enter('a', 'b', 'c', 'd');
    expect(through()).toEqual(['a', 'b']);
    expect(gate.standing()).toEqual({ limit: 2, inFlight: 2, waiting: 2 });
    await end({ says: 'nothing' });
    expect(through()).toEqual(['b', 'c']);
    await end({ says: 'nothing' });
    await end({ says: 'nothing' });
    await end({ says: 'nothing' });
    expect(gate.standing()).toEqual({ limit: 2, inFlight: 0, waiting: 0 });
  });

  it('lets more through once it goes well, and urgent ones first', async () => {
    await enter('a', 'b', 'c', 'd', '!e');
    await end(well);
    expect(through()).toEqual(['b', '!e']);
    await end(well);
    expect(through()).toEqual(['!e', 'c']);
    await enter('f');
    await end(well);
    expect(through()).toEqual(['c', 'd', 'f']);
    expect(gate.standing()).toEqual({ limit: 3, inFlight: 3, waiting: 0 });
  });

  it('lets nobody through for as long as the server says, and then half as many', async () => {
    await enter('a', 'b', 'c', 'd');
    await end({ says: 'overloaded', retryAfterMs: 2_000 });
    await end({ says: 'overloaded', retryAfterMs: 1_000 });
    await enter('e');
    await vi.advanceTimersByTimeAsync(1_900);
    expect(through()).toEqual([]);
    expect(gate.standing()).toEqual({ limit: 1, inFlight: 0, waiting: 3 });
    await vi.advanceTimersByTimeAsync(200);
    expect(through()).toEqual(['c']);
    await end(well);
    expect(through()).toEqual(['d', 'e']);
  });

  it('lets one that gives up go with its reason, held back or not, and keeps no place for it', async () => {
    await enter('a', 'b');
    const late = new AbortController();
    const waiting = gate.enter({ urgent: false, signal: late.signal });
    const reason = new Error('enough');
    late.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(gate.standing()).toMatchObject({ inFlight: 2, waiting: 0 });
  });

  it('holds back nobody any more when it ends, and leaves no timer', async () => {
    await enter('a', 'b', 'c', 'd', 'e');
    await end({ says: 'overloaded', retryAfterMs: 30_000 });
    expect(vi.getTimerCount()).toBe(1);
    ending.abort();
    await settled();
    expect(through()).toEqual(['b', 'c', 'd', 'e']);
    expect(vi.getTimerCount()).toBe(0);
    await enter('f');
    expect(through()).toContain('f');
  });

  it('begins with few, and never has more under way than its transport has sockets for beside the watches', async () => {
    gate = createRequestGate({ signal: ending.signal });
    await enter(...Array.from({ length: 1_000 }, (_, index) => `${index}`));
    expect(gate.standing()).toEqual({ limit: 8, inFlight: 8, waiting: 992 });
    while (gate.standing().waiting > 0) {
      await end(well);
      expect(gate.standing().inFlight).toBeLessThanOrEqual(gate.standing().limit);
    }
    expect(gate.standing().limit).toBe(32);
  });
});
