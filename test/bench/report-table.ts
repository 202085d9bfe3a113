import type { Figure, Row } from './figure.ts';
import type { Result } from './results.ts';
import { isWithinReach, shown, shownRow } from './shown.ts';

const marks = { within: '✓', beyond: '✗' };

/** Returns `rows` as lines for a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => ({
    row,
    values: [row.title, shownRow(row).median, reachOf(row), shownRow(row).spread],
  }));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map(({ values }) => values[column]?.length ?? 0)));
  return cells
    .map(({ row, values }) => {
      const [title = '', middle = '', reach = '', between = ''] = values;
      const columns = [
        title.padEnd(widths[0] ?? 0),
        middle.padStart(widths[1] ?? 0),
        reach.padEnd(widths[2] ?? 0),
        between,
      ];
      return `${columns.join('  ').trimEnd()}\n${row.note === undefined ? '' : `    ${row.note}\n`}`;
    })
    .join('');
}

/** Returns the table of all `figures` for a page: those without a result, and those that failed, have a line that says so. */
export function markdownOf(figures: readonly Figure[], results: readonly Result[]): string {
  const lines = figures.flatMap(({ name, describe }) => {
    const result = results.find(({ figure }) => figure === name);
    if (!result) return [lineOf([`**${name}**: ${describe}`, 'not run', '', '', ''])];
    const { size, runs, at, machine } = result;
    const how = `size ${size}, ${runs} ${runs === 1 ? 'run' : 'runs'}, ${at.slice(0, 10)}, load ${machine.load.toFixed(1)}`;
    const head = lineOf([`**${name}**: ${describe} (${how})`, '', '', '', '']);
    if (result.failure !== undefined) return [head, lineOf(['failed', '', '', '', result.failure])];
    return [head, ...result.rows.map(rowLine)];
  });
  return ['| | median | reach | runs between | |', '|---|---|---|---|---|', ...lines].join('\n');
}

function rowLine(row: Row): string {
  const { median, spread } = shownRow(row);
  return lineOf([row.title, median, reachOf(row), spread, row.note ?? '']);
}

function reachOf(row: Row): string {
  if (row.reach === undefined) return '';
  return `≤ ${shown(row.reach, row.unit)} ${isWithinReach(row) ? marks.within : marks.beyond}`;
}

function lineOf(cells: string[]): string {
  const text = cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' '));
  return `| ${text.join(' | ')} |`;
}
