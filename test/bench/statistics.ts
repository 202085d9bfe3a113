/** The least and the greatest of some values. */
export interface Spread {
  low: number;
  high: number;
}

/** Returns the middle one of `values`, of an even number the mean of the two in the middle. Throws where there are none. */
export function median(values: readonly number[]): number {
  const sorted = sortedOf(values);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Returns the least of `values` that `percent` of them do not exceed (nearest rank). Throws where there are none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = sortedOf(values);
  const rank = Math.max(1, Math.ceil((sorted.length * percent) / 100));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Returns between what `values` lie. Throws where there are none. */
export function spread(values: readonly number[]): Spread {
  const sorted = sortedOf(values);
  return { low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN };
}

function sortedOf(values: readonly number[]): number[] {
  if (values.length === 0) throw new Error('there are no values to say anything of');
  return values.toSorted((a, b) => a - b);
}
