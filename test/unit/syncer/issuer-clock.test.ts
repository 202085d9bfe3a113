import { expect, it } from 'vitest';
import { createIssuerClock } from '../../../src/syncer/issuer-clock.ts';

const hour = 3_600_000;

it('a clock that is set, ahead or back, is believed no more until the issuer has been heard', () => {
  for (const setMs of [2 * hour, -2 * hour, 400 * 24 * hour]) {
    let elapsedMs = 0;
    const clock = createIssuerClock(() => elapsedMs);
    expect(clock.at(1000)).toBe(1000);
    elapsedMs += hour;
    expect(clock.at(1000 + hour)).toBe(1000 + hour);
    const wallMs = 1000 + hour + setMs;
    expect(clock.at(wallMs)).toBeUndefined();
    expect(clock.at(wallMs)).toBeUndefined();
    clock.learn(wallMs, 1000 + hour);
    elapsedMs += hour;
    expect(clock.at(wallMs + hour)).toBe(1000 + 2 * hour);
    // Put right again.
    expect(clock.at(1000 + 2 * hour)).toBeUndefined();
    clock.learn(1000 + 2 * hour, 1000 + 2 * hour);
    expect(clock.at(1000 + 2 * hour)).toBe(1000 + 2 * hour);
  }
});

it('a machine that has slept has its tokens looked at anew', () => {
  const clock = createIssuerClock(() => 0);
  clock.at(0);
  expect(clock.at(8 * hour)).toBeUndefined();
});

it('the seconds that a token takes are no difference', () => {
  const clock = createIssuerClock(() => 0);
  clock.learn(5_900, 2_000);
  expect(clock.at(5_900)).toBe(5_900);
});
