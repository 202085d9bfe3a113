import { describe, expect, it } from 'vitest';
import { runTogether } from '../../src/run-together.ts';

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('works that run together', () => {
  it('end when all of them have ended', async () => {
    const ended: string[] = [];
    const stopping = new AbortController();
    const running = runTogether(
      [
        async (signal) => {
          await untilAborted(signal);
          ended.push('long');
        },
        async () => void ended.push('short'),
      ],
      stopping.signal,
    );
    await Promise.resolve();
    expect(ended).toEqual(['short']);
    stopping.abort();
    await running;
    expect(ended).toEqual(['short', 'long']);
  });

  it('are ended when one fails, and throw what it failed with once the others have ended', async () => {
    let isEnded = false;
    const running = runTogether(
      [
        async (signal) => {
          await untilAborted(signal);
          isEnded = true;
          throw new Error('because it was ended');
        },
        async () => await Promise.reject(new Error('broken')),
      ],
      new AbortController().signal,
    );
    await expect(running).rejects.toThrow('broken');
    expect(isEnded).toBe(true);
  });
});
