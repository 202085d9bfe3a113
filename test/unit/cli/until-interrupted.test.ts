import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { untilInterrupted } from '../../../src/cli/until-interrupted.ts';

/** A process that notes how it was ended, and a clock. */
function fakeProcess() {
  const exits: number[] = [];
  const clock = { ms: 50_000 };
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const signalled = (name: string) => process.emit(name, name);
  return { exits, clock, signalled, process, ...untilInterrupted(process, () => clock.ms) };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks k3v to stop, and says so', (name) => {
  const { signal, signalled, exits } = fakeProcess();
  expect(signal.aborted).toBe(false);
  signalled(name);
  expect(signal.reason).toMatchObject({ message: `stopped by ${name}` });
  expect(exits).toEqual([]);
});

test('one Ctrl-C that comes by way of the terminal, npm and bin/k3v still stops k3v in order', () => {
  const { signalled, exits, clock } = fakeProcess();
  for (let times = 0; times < 3; times++) {
    signalled('SIGINT');
    clock.ms += 100;
  }
  expect(exits).toEqual([]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])('a second %s ends k3v at once with %d', (name, code) => {
  const { signalled, exits, clock } = fakeProcess();
  signalled('SIGINT');
  clock.ms += 1_000;
  signalled(name);
  expect(exits).toEqual([code]);
});

test('nothing listens for signals once k3v has ended', () => {
  const { dispose, process } = fakeProcess();
  dispose();
  expect(process.eventNames()).toEqual([]);
});
