import type { Row } from './figure.ts';
import type { Result } from './results.ts';
import { shown } from './shown.ts';
import { median } from './statistics.ts';

const lineHeight = 24;
const barHeight = 14;
const titleWidth = 520;
const reachWidth = 160;
const valueWidth = 170;
/** So many times its reach is the end of the picture; what goes further is cut off there. */
const mostReaches = 4;
const barsWidth = reachWidth * mostReaches;
const colours = { within: '#2e7d32', beyond: '#c62828', text: '#222', ground: '#fff', line: '#666' };

/** Returns a picture of the rows of `results` that have a reach: a bar for each, as long as its median is beside it. */
export function svgOf(results: readonly Result[]): string {
  const rows = results.flatMap((result) => result.rows.filter(({ reach }) => reach !== undefined));
  const width = titleWidth + barsWidth + valueWidth;
  const height = (rows.length + 2) * lineHeight;
  const reachAt = titleWidth + reachWidth;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="${colours.ground}"/>`,
    `<text x="${reachAt}" y="16" text-anchor="middle" fill="${colours.line}">reach</text>`,
    ...rows.flatMap((row, index) => barOf(row, (index + 1) * lineHeight)),
    `<line x1="${reachAt}" y1="${lineHeight}" x2="${reachAt}" y2="${height - lineHeight}" stroke="${colours.line}" stroke-dasharray="4 3"/>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Returns how much of its reach the median of `row` is: 1 where it is just reached. Of a reach of 0 anything above is beyond all measure. */
export function shareOfReach({ samples, reach = 0 }: Row): number {
  const value = Math.max(0, median(samples));
  if (reach > 0) return value / reach;
  return value === 0 ? 0 : Number.POSITIVE_INFINITY;
}

function barOf(row: Row, top: number): string[] {
  const share = shareOfReach(row);
  const length = Math.max(2, Math.min(share, mostReaches) * reachWidth);
  const base = top + barHeight;
  const words = `${shown(median(row.samples), row.unit)} of ${shown(row.reach ?? 0, row.unit)}`;
  return [
    `<text x="${titleWidth - 8}" y="${base - 2}" text-anchor="end" fill="${colours.text}">${escaped(row.title)}</text>`,
    `<rect x="${titleWidth}" y="${top}" width="${length.toFixed(1)}" height="${barHeight}" fill="${share <= 1 ? colours.within : colours.beyond}"/>`,
    `<text x="${(titleWidth + length + 6).toFixed(1)}" y="${base - 2}" fill="${colours.text}">${escaped(words)}</text>`,
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
