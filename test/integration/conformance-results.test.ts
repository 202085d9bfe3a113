import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addResults, readResults } from '../conformance/results.ts';
import type { Result } from '../conformance/spec.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-results-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const passed: Result = { name: 'a', outcome: 'passed', seconds: 1, reason: '' };
const failed: Result = { name: 'b', outcome: 'failed', seconds: 2, reason: 'no pod' };

it('are kept in a file, the last one of a spec counts, and a line that was cut off does not', async () => {
  const file = join(folder, 'host', 'results.jsonl');
  expect([...(await readResults(file)).values()]).toEqual([]);
  await addResults(file, [{ ...passed, outcome: 'failed' }]);
  await addResults(file, [failed, passed]);
  await appendFile(file, '{"name":"c","outcome":"passed","sec');
  expect([...(await readResults(file)).values()]).toEqual([passed, failed]);
});
