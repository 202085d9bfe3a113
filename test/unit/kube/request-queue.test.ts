import { beforeEach, describe, expect, it } from 'vitest';
import { type RequestQueue, createRequestQueue } from '../../../src/kube/request-queue.ts';

let queue: RequestQueue<string>;
let gone: string[];

beforeEach(() => {
  queue = createRequestQueue();
  gone = [];
});

/** Has requests wait, each with a signal of its own, which is returned. */
function wait(...names: string[]): AbortController[] {
  return names.map((name) => {
    const ending = new AbortController();
    queue.wait({ urgent: name.startsWith('!'), signal: ending.signal }).then(
      (turn) => gone.push(`${name} ${turn}`.trim()),
      (reason: Error) => gone.push(`${name} ${reason.message}`),
    );
    return ending;
  });
}

/** Gives turns to all that wait. */
async function drain(): Promise<string[]> {
  while (queue.size > 0) queue.give('');
  await Promise.resolve();
  return gone;
}

describe('a queue of requests', () => {
  it('gives turns in the order in which requests came', async () => {
    wait('a', 'b', 'c');
    expect(queue.size).toBe(3);
    expect(await drain()).toEqual(['a', 'b', 'c']);
  });

  it('hands over the turn', async () => {
    wait('a');
    queue.give('1st');
    await Promise.resolve();
    expect(gone).toEqual(['a 1st']);
  });

  it('lets urgent ones go first, those too in their order', async () => {
    wait('a', '!b', 'c', '!d');
    expect(await drain()).toEqual(['!b', '!d', 'a', 'c']);
  });

  it('gives every fourth turn to the others, however many are urgent', async () => {
    wait('a', 'b');
    wait(...Array.from({ length: 9 }, (_, index) => `!${index}`));
    expect(await drain()).toEqual(['!0', '!1', '!2', 'a', '!3', '!4', '!5', 'b', '!6', '!7', '!8']);
  });

  it('lets one go at once that gives up, with its reason, and skips it', async () => {
    const [, second, third] = wait('a', 'b', '!c');
    second?.abort(new Error('enough'));
    third?.abort(new Error('late'));
    expect(queue.size).toBe(1);
    await Promise.resolve();
    expect(gone).toEqual(['b enough', '!c late']);
    expect(await drain()).toEqual(['b enough', '!c late', 'a']);
  });

  it('lets nobody in who has given up already', async () => {
    const reason = new Error('enough');
    await expect(queue.wait({ urgent: false, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(queue.size).toBe(0);
  });

  it('hears no more of the signal of one that went', async () => {
    const [ending] = wait('a');
    await drain();
    ending?.abort(new Error('enough'));
    await Promise.resolve();
    expect(gone).toEqual(['a']);
  });
});
