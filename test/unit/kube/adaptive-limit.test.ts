import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdaptiveLimit, type Outcome, createAdaptiveLimit } from '../../../src/kube/adaptive-limit.ts';

let nowMs: number;
let limit: AdaptiveLimit;
const well: Outcome = { says: 'well' };
const overloaded: Outcome = { says: 'overloaded' };

beforeEach(() => {
  nowMs = 1_000;
  limit = createAdaptiveLimit({ start: 4, ceiling: 8, now: () => nowMs });
});

/** Begins as many as there may be. */
function fill(): number[] {
  const begun: number[] = [];
  while (limit.inFlight < limit.most) begun.push(limit.begin());
  return begun;
}

/** Has a round of requests, as many as there may be, end so; each that ends makes room for another until the round is over. */
function round(outcome: Outcome): void {
  for (const begun of fill()) limit.end(begun, outcome);
}

/** As under load: whoever ends is followed by another. */
function busily(times: number, outcome: Outcome): void {
  const under = fill();
  for (let count = 0; count < times; count += 1) {
    limit.end(under.shift() ?? 0, outcome);
    under.push(...fill());
  }
  for (const begun of under) limit.end(begun, { says: 'nothing' });
}

describe('a limit', () => {
  it('begins where it is told to, and within its ceiling', () => {
    expect(limit.most).toBe(4);
    expect(createAdaptiveLimit({ start: 40, ceiling: 8, now: () => 0 }).most).toBe(8);
  });

  it('is one more for each round of requests that went well, up to the ceiling', () => {
    busily(3, well);
    expect(limit.most).toBe(4);
    busily(2, well);
    expect(limit.most).toBe(5);
    busily(100, well);
    expect(limit.most).toBe(8);
  });

  it('stays where it is as long as not all of it is used', () => {
    for (let count = 0; count < 100; count += 1) limit.end(limit.begin(), well);
    expect(limit.most).toBe(4);
  });

  it('is half of what was under way when one is refused, and never below one', () => {
    busily(100, well);
    const begun = fill();
    limit.end(begun[0] ?? 0, overloaded);
    expect(limit.most).toBe(4);
    expect(limit.inFlight).toBe(7);
    for (const each of begun.slice(1)) limit.end(each, well);
    for (let count = 0; count < 10; count += 1) round(overloaded);
    expect(limit.most).toBe(1);
  });

  it('counts what was under way, and not what might have been: the rest was never tried', () => {
    busily(100, well);
    const first = limit.begin();
    limit.begin();
    limit.end(first, overloaded);
    expect(limit.most).toBe(1);
  });

  it('is halved once by all refusals of one round, and grows by none of its successes', () => {
    busily(100, well);
    const begun = fill();
    for (const each of begun.slice(0, 4)) limit.end(each, overloaded);
    for (const each of begun.slice(4)) limit.end(each, well);
    expect(limit.most).toBe(4);
    round(overloaded);
    expect(limit.most).toBe(2);
  });

  it('grows again from there', () => {
    round(overloaded);
    expect(limit.most).toBe(2);
    busily(100, well);
    expect(limit.most).toBe(8);
  });

  it('learns nothing where there was no answer', () => {
    busily(100, { says: 'nothing' });
    expect(limit.most).toBe(4);
    expect(limit.inFlight).toBe(0);
  });

  it('holds back what is new for as long as the server says, the longest of all counts, and not for ever', () => {
    expect(limit.heldMs()).toBe(0);
    const [first = 0, second = 0, third = 0] = fill();
    limit.end(first, { says: 'overloaded', retryAfterMs: 2_000 });
    limit.end(second, { says: 'overloaded', retryAfterMs: 500 });
    expect(limit.heldMs()).toBe(2_000);
    nowMs += 1_500;
    expect(limit.heldMs()).toBe(500);
    nowMs += 1_000;
    expect(limit.heldMs()).toBe(0);
    limit.end(third, { says: 'nothing', retryAfterMs: 86_400_000 });
    expect(limit.heldMs()).toBe(32_000);
    expect(limit.most).toBe(2);
  });

  it('is between one and its ceiling, and knows what is under way, whatever happens', () => {
    const ending = fc.record({ which: fc.nat(), says: fc.constantFrom('well', 'overloaded', 'nothing') });
    fc.assert(
      fc.property(fc.array(fc.option(ending)), (steps) => {
        const free = createAdaptiveLimit({ start: 4, ceiling: 8, now: () => 0 });
        const under: number[] = [];
        for (const step of steps) {
          if (step === null) under.push(free.begin());
          else for (const begun of under.splice(step.which % (under.length || 1), 1)) free.end(begun, step as Outcome);
          expect(free.inFlight).toBe(under.length);
          expect(free.most).toBeGreaterThanOrEqual(1);
          expect(free.most).toBeLessThanOrEqual(8);
        }
      }),
    );
  });
});
