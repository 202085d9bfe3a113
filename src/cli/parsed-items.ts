import { K3vError } from '../errors.ts';
import type { Refusal } from '../refusal.ts';
import type { Picked } from './picked.ts';

/** Returns what `parse` makes of the items of a setting. Throws FLAG_INVALID with what it says is wrong. */
export function parsedItems<T extends object>({ value, from }: Picked, parse: (items: string[]) => T | Refusal): T {
  const found = parse(settingItems(value));
  if (!('wrong' in found)) return found;
  throw new K3vError('FLAG_INVALID', `${from} ${found.wrong}`, { hint: `It must be ${found.wanted}.` });
}

/** Returns the items of a setting that takes several: with commas, in a list, or in a file as a map, whose entries are `<name>=<value>`. */
function settingItems(value: unknown): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).map(([name, each]) => `${name}=${String(each)}`);
  }
  const items: unknown[] = Array.isArray(value) ? value : [value ?? ''];
  return items.flatMap((item) => String(item).split(',')).flatMap((item) => item.trim() || []);
}
