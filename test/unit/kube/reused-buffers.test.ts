import { expect, it } from 'vitest';
import { bufferBytes, giveBack, takeBuffer } from '../../../src/kube/reused-buffers.ts';

it('a buffer is used again once it, or a part of it, was given back, and never by two at once', () => {
  const first = takeBuffer();
  const second = takeBuffer();
  expect([first.length, second.length]).toEqual([bufferBytes, bufferBytes]);
  expect(second.buffer).not.toBe(first.buffer);
  giveBack(first.subarray(10, 20));
  giveBack(first);
  const third = takeBuffer();
  expect(third.buffer).toBe(first.buffer);
  expect(third.length).toBe(bufferBytes);
  expect(takeBuffer().buffer).not.toBe(first.buffer);
});

it('a buffer of someone else is left alone', () => {
  const foreign = Buffer.allocUnsafeSlow(bufferBytes);
  giveBack(foreign);
  expect(takeBuffer().buffer).not.toBe(foreign.buffer);
});
