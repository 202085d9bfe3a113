import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const module = join(import.meta.dirname, '../../../src/platform/keep-heap-small.mjs');
/** Holds so many objects of which each is replaced again and again, as the pods in a store, and writes how many MB the heap had at most. */
const churn = `
  const held = [];
  let most = 0;
  for (let i = 0; i < 2_000_000; i++) {
    held[i % 100_000] = { name: 'pod-' + i, labels: { app: 'a' + i }, rest: [i, i, i, i] };
    if (i % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapTotal);
  }
  console.log(Math.round(most / 1e6));
`;

async function run(script: string, env: Record<string, string> = {}) {
  const { stdout, stderr } = await execa(process.execPath, ['--input-type=module', '-e', script], {
    env: { NODE_OPTIONS: '', ...env },
  });
  return { stdout, stderr };
}
const withFlags = (script: string) =>
  `import { keepHeapSmall } from ${JSON.stringify(module)}; keepHeapSmall(process.env); ${script}`;

it('takes far less memory where what is held changes all the time', async () => {
  const [plain, small] = await Promise.all([run(churn), run(withFlags(churn))]);
  expect(Number(small.stdout)).toBeLessThan(Number(plain.stdout) * 0.7);
});

it('names flags that this Node has', async () => {
  expect(await run(withFlags(''))).toEqual({ stdout: '', stderr: '' });
});

it('leaves the young generation to whoever says how large it may be', async () => {
  const flags = `import v8 from 'node:v8'; v8.setFlagsFromString = (flag) => console.log(flag);`;
  const asked = await run(flags + withFlags(''), { NODE_OPTIONS: '--max-semi-space-size=8' });
  expect(asked.stdout).toBe('--heap-growing-percent=50');
});
