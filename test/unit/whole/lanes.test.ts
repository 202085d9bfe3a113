import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Job, runInLanes } from '../../whole/lanes.ts';

/** Runs `jobs`, and returns in which order they began, and which ran beside which. */
async function play(jobs: Job[], lanes: number) {
  const running = new Set<Job>();
  const began: string[] = [];
  const beside: string[][] = [];
  await runInLanes(jobs, lanes, async (job) => {
    began.push(job.title);
    running.add(job);
    beside.push([...running].map(({ title }) => title));
    await delay(5);
    running.delete(job);
  });
  return { began, beside };
}

const jobs = (text: string): Job[] =>
  text.split(' ').map((title) => ({ title, alone: title.startsWith('r') ? 'host' : undefined }));

it('runs every job once, in order, and no more at a time than there are lanes', async () => {
  const { began, beside } = await play(jobs('a b c d e'), 2);
  expect(began).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(Math.max(...beside.map(({ length }) => length))).toBe(2);
});

it('runs no two of a name at a time, and others meanwhile', async () => {
  const { began, beside } = await play(jobs('r1 r2 r3 a b'), 2);
  expect(began).toEqual(['r1', 'a', 'r2', 'b', 'r3']);
  for (const together of beside) expect(together.filter((title) => title.startsWith('r')).length).toBeLessThan(2);
});

it('begins nothing more once one has rejected, and waits for what runs', async () => {
  const ended: string[] = [];
  const playing = runInLanes(jobs('a b c'), 2, async ({ title }) => {
    if (title === 'a') throw new Error('no disk');
    await delay(10);
    ended.push(title);
  });
  await expect(playing).rejects.toThrow('no disk');
  expect(ended).toEqual(['b']);
});
