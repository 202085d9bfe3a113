import type { Row, Unit } from './figure.ts';
import { median, spread } from './statistics.ts';

/** Returns `value` with its unit, in three digits or all before the point. */
export function shown(value: number, unit: Unit): string {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const number = value.toFixed(digits);
  if (unit === '') return number;
  return unit === '×' ? `${number}×` : `${number} ${unit}`;
}

/** Returns the median of a row, and between what its runs lie where there are several. */
export function shownRow({ samples, unit }: Row): { median: string; spread: string } {
  const { low, high } = spread(samples);
  const between = samples.length > 1 ? `${shown(low, unit)} – ${shown(high, unit)}` : '';
  return { median: shown(median(samples), unit), spread: between };
}

/** Returns whether the median of a row is within its reach; undefined where there is none. */
export function isWithinReach({ samples, reach }: Row): boolean | undefined {
  return reach === undefined ? undefined : median(samples) <= reach;
}
