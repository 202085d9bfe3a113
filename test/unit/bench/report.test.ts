import { describe, expect, test } from 'vitest';
import type { Figure, Row } from '../../bench/figure.ts';
import { replaceMarked } from '../../bench/replace-marked.ts';
import { shareOfReach, svgOf } from '../../bench/report-svg.ts';
import { markdownOf, tableOf } from '../../bench/report-table.ts';
import { addResult, type Result } from '../../bench/results.ts';
import { shown } from '../../bench/shown.ts';

const fast: Row = { title: 'first pod', unit: 'ms', samples: [20, 10, 30], reach: 25, note: 'of 10 pods' };
const slow: Row = { title: 'all run, ÷ direct', unit: '×', samples: [2.6], reach: 1.3 };
const plain: Row = { title: 'memory', unit: 'MB', samples: [120, 124] };
const machine = { processors: 2, load: 1.25 };
const figure = (name: string): Figure => ({
  name,
  describe: `what ${name} costs`,
  host: 'embedded',
  measure: async () => [],
});
const result = (name: string, more: Partial<Result> = {}): Result => ({
  figure: name,
  size: 'small',
  runs: 3,
  at: '2026-11-29T23:00:00.000Z',
  machine,
  rows: [fast, slow, plain],
  ...more,
});

test('values are shown in three digits, with their units', () => {
  expect([shown(0, ''), shown(3.14159, 's'), shown(31.4159, 'MB'), shown(314.159, 'ms'), shown(1.3, '×')]).toEqual([
    '0',
    '3.14 s',
    '31.4 MB',
    '314 ms',
    '1.30×',
  ]);
  expect(shown(-0.256, '%')).toBe('-0.26 %');
});

test('the table for a terminal has the median, the reach with whether it is met, the spread, and the note', () => {
  expect(tableOf([fast, slow, plain]).split('\n')).toEqual([
    'first pod           20 ms  ≤ 25 ms ✓  10 ms – 30 ms',
    '    of 10 pods',
    'all run, ÷ direct   2.60×  ≤ 1.30× ✗',
    'memory             122 MB             120 MB – 124 MB',
    '',
  ]);
});

test('the table for a page names what was not run and what failed, and breaks at no line and no bar', () => {
  const results = [result('start', { rows: [slow] }), result('memory', { rows: [], failure: 'no | room\nleft' })];
  expect(
    markdownOf([figure('start'), figure('memory'), figure('streams')], results)
      .split('\n')
      .slice(2),
  ).toEqual([
    '| **start**: what start costs (size small, 3 runs, 2026-11-29, load 1.3) |  |  |  |  |',
    '| all run, ÷ direct | 2.60× | ≤ 1.30× ✗ |  |  |',
    '| **memory**: what memory costs (size small, 3 runs, 2026-11-29, load 1.3) |  |  |  |  |',
    '| failed |  |  |  | no \\| room left |',
    '| **streams**: what streams costs | not run |  |  |  |',
  ]);
});

describe('the picture', () => {
  test('has a bar for each row with a reach, red beyond it, and none for the others', () => {
    const svg = svgOf([result('start')]);
    expect(svg.match(/<rect x=/g)).toHaveLength(2);
    expect(svg).toContain('width="128.0" height="14" fill="#2e7d32"');
    expect(svg).toContain('width="320.0" height="14" fill="#c62828"');
    expect(svg).toContain('>20 ms of 25 ms<');
    expect(svg).not.toContain('memory');
  });

  test('ends at four times a reach, and says words that XML would take for its own', () => {
    const svg = svgOf([result('start', { rows: [{ ...slow, title: '<a & b>', samples: [99] }] })]);
    expect(svg).toContain('width="640.0" height="14"');
    expect(svg).toContain('&lt;a &amp; b&gt;');
  });

  test('a reach of nothing is met by nothing alone', () => {
    expect(shareOfReach({ ...plain, samples: [0], reach: 0 })).toBe(0);
    expect(shareOfReach({ ...plain, samples: [1], reach: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(shareOfReach({ ...plain, samples: [-5], reach: 10 })).toBe(0);
  });
});

test('a new result takes the place of the old one, but for one that failed', () => {
  const old = result('start');
  const other = result('memory');
  const fresh = result('start', { size: 'full' });
  const failed = result('start', { rows: [], failure: 'no room' });
  expect(addResult([old, other], fresh)).toEqual([other, fresh]);
  expect(addResult([old, other], failed)).toEqual([old, other]);
  expect(addResult([failed], { ...failed, failure: 'no time' })).toEqual([{ ...failed, failure: 'no time' }]);
  expect(addResult([failed], fresh)).toEqual([fresh]);
});

test('what stands between the marks of a page is replaced, and nothing else', () => {
  const page = 'before\n<!-- written by npm run bench -->\nold\n<!-- until here -->\nafter\n';
  const written = 'before\n<!-- written by npm run bench -->\n\nnew\n\n<!-- until here -->\nafter\n';
  expect(replaceMarked(page, 'new')).toBe(written);
  expect(replaceMarked(written, 'new')).toBe(written);
  expect(() => replaceMarked('<!-- until here -->', 'new')).toThrow('the page has no');
});
