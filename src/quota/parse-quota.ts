import { nearest } from '../nearest.ts';
import type { Refusal } from '../refusal.ts';
import { measureOf, quotaNames } from './measures.ts';
import { type Amounts, amountOf, isBytes } from './quota.ts';

/** Returns the amounts in `items`, each `<name>=<quantity>`, in their order, or what is wrong with one of them. */
export function parseQuota(items: string[]): Amounts | Refusal {
  const known = { names: quotaNames, isKnown: (name: string) => measureOf(name) !== undefined };
  return parseAmounts(items, known);
}

/** Returns the amounts in `items`, of which each name must be known, or what is wrong with one of them. */
export function parseAmounts(
  items: string[],
  { names, isKnown }: { names: string[]; isKnown: (name: string) => boolean },
): Amounts | Refusal {
  const amounts = new Map<string, number>();
  for (const item of items) {
    const [, name, quantity = ''] = /^([^=]+)=(.*)$/.exec(item) ?? [];
    if (name === undefined) return { wrong: `has "${item}"`, wanted: 'a name with an amount, for example cpu=4' };
    if (!isKnown(name)) {
      const near = nearest(name, names);
      const wanted = `one of ${names.join(', ')}`;
      return {
        wrong: `names "${name}", which it cannot limit${near ? ` (did you mean "${near}"?)` : ''}`,
        wanted,
      };
    }
    const amount = amountOf(name, quantity);
    if (!(amount >= 0 && amount <= Number.MAX_SAFE_INTEGER)) {
      return {
        wrong: `has "${item}"`,
        wanted: `${name} with an amount such as ${isBytes(name) ? '8Gi' : '4'}`,
      };
    }
    if (amounts.has(name)) return { wrong: `names ${name} more than once`, wanted: 'each name with one amount' };
    amounts.set(name, amount);
  }
  return amounts;
}
