import { type Row, type Verdict, type VerdictKind, verdictKinds } from './comparison.ts';

const headings: Record<VerdictKind, string> = {
  both: 'both',
  'virtual-fails': 'virtual ✗',
  'host-fails': 'host ✗',
  'no-image': 'no image',
  skipped: 'skipped',
  'not-run': 'not run',
};
const kinds: VerdictKind[] = ['both', 'virtual-fails', 'host-fails', 'no-image', 'skipped', 'not-run'];
const listed: VerdictKind[] = ['virtual-fails', 'host-fails', 'no-image', 'skipped'];

/** Returns the table of `rows`, and under it every spec that did not pass on both, with its reason. */
export function tableOf(rows: readonly Row[], verdicts: readonly Verdict[]): string {
  const cells = [
    ['sig', ...kinds.map((kind) => headings[kind]), 'virtual/host'],
    ...rows.map(({ sig, counts, percent }) => [
      sig,
      ...kinds.map((kind) => String(counts[kind])),
      percent === undefined ? '' : `${percent.toFixed(1)} %`,
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const lists = listed.flatMap((kind) => {
    const those = verdicts.filter((verdict) => verdict.kind === kind);
    if (those.length === 0) return [];
    return [
      '',
      `${verdictKinds[kind]} (${those.length}):`,
      ...those.map(({ spec, reason }) => `  ${spec.name}\n      ${reason}`),
    ];
  });
  return [...lines, ...lists, ''].join('\n');
}
