import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { figures } from '../../bench/figures.ts';
import { replaceMarked } from '../../bench/replace-marked.ts';
import { readResults } from '../../bench/report-json.ts';
import { svgOf } from '../../bench/report-svg.ts';
import { markdownOf } from '../../bench/report-table.ts';

const docs = join(import.meta.dirname, '../../../docs');

it('docs/performance.md and its picture show what docs/performance.json has', async () => {
  const results = (await readResults(join(docs, 'performance.json'))) ?? [];
  expect(results.length).toBeGreaterThan(0);
  const page = await readFile(join(docs, 'performance.md'), 'utf8');
  expect(replaceMarked(page, markdownOf(figures, results))).toBe(page);
  expect(svgOf(results)).toBe(await readFile(join(docs, 'performance.svg'), 'utf8'));
});
