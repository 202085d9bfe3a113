import { binaryQuantity, countQuantity, decimalQuantity, quantityOf } from '../translate/quantity.ts';

/** Whole amounts by the names that a ResourceQuota has for them: processor time in thousandths of a processor, memory and storage in bytes, else a count. */
export type Amounts = ReadonlyMap<string, number>;

/** What is left over when a decimal fraction is made whole. */
const roundingError = 1e-6;

/** Returns the amount that `quantity` is of what `name` counts, rounded up as API servers do; NaN if it is no quantity. */
export function amountOf(name: string, quantity: string): number {
  // Added to nothing, as a minus zero is one.
  return Math.ceil(quantityOf(quantity) * (isCpu(name) ? 1000 : 1) - roundingError) + 0;
}

/** Returns `amount` as an API server writes it, so that what was asked for can be compared with what is there. */
export function quantityFor(name: string, amount: number): string {
  if (isCpu(name)) return decimalQuantity(amount * 1e6);
  return isBytes(name) && amount % 1024 === 0 ? binaryQuantity(amount) : countQuantity(amount);
}

/** Returns `amounts` in words, as Kubernetes has them: `cpu=3500m,pods=7`. */
export function wordsFor(amounts: Amounts): string {
  return [...amounts].map(([name, amount]) => `${name}=${quantityFor(name, amount)}`).join(',');
}

/** Returns `amounts` as an object of Kubernetes has them. */
export function quantitiesOf(amounts: Amounts): Record<string, string> {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, quantityFor(name, amount)]));
}

/** Returns what `charge` takes more than `before`, of names of which it takes more. */
export function growth(charge: Amounts, before: Amounts | undefined): Amounts {
  return new Map(
    [...charge].flatMap(([name, amount]): [string, number][] => {
      const more = amount - (before?.get(name) ?? 0);
      return more > 0 ? [[name, more]] : [];
    }),
  );
}

function isCpu(name: string): boolean {
  return /(^|\.)cpu$/.test(name);
}

/** Returns whether `name` counts bytes. */
export function isBytes(name: string): boolean {
  return /(memory|storage)$/.test(name);
}
